select
    ags,
    technology,
    min_download_mbit_s,
    reference_date,
    households_pct,
    definition_version
from {{ ref('stg_atene__household_coverage') }}

union all

select
    ags,
    technology,
    min_download_mbit_s,
    reference_date,
    households_pct,
    definition_version
from {{ ref('stg_breitbandatlas__household_coverage') }}
