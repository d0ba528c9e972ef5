select
    coverage.ags,
    coverage.technology,
    coverage.min_download_mbit_s,
    coverage.reference_date,
    coverage.households_pct,
    coverage.definition_version,
    municipality.ags is not null as is_in_municipality_list
from {{ ref('stg_breitbandatlas__household_coverage') }} as coverage
left join {{ ref('dim_municipality') }} as municipality on coverage.ags = municipality.ags
