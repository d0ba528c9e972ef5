select
    ags,
    name,
    level,
    technology,
    min_download_mbit_s,
    reference_date,
    households_pct,
    case when level = 'city' then 'none' else weight_basis end as weight_basis,
    definition_version,
    is_series_break
from {{ ref('int_connectivity__add_kreis') }}
