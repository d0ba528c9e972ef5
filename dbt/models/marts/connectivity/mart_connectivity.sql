select
    ags,
    name,
    'city' as level,
    technology,
    min_download_mbit_s,
    reference_date,
    households_pct,
    'none' as weight_basis,
    definition_version,
    is_series_break
from {{ ref('int_connectivity__join_cities') }}

union all

select
    '{{ var("kreis_ags") }}' as ags,
    '{{ var("kreis_name") }}' as name,
    'district' as level,
    technology,
    min_download_mbit_s,
    reference_date,
    households_pct,
    weight_basis,
    definition_version,
    is_series_break
from {{ ref('int_connectivity__weigh_kreis') }}
