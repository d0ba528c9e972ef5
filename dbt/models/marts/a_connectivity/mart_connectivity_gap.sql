with history as (
    select
        *,
        100 - households_pct as missing_pct,
        lag(reference_date) over (
            partition by ags, technology, min_download_mbit_s
            order by reference_date
        ) as previous_date,
        lag(100 - households_pct) over (
            partition by ags, technology, min_download_mbit_s
            order by reference_date
        ) as previous_missing_pct,
        lag(definition_version) over (
            partition by ags, technology, min_download_mbit_s
            order by reference_date
        ) as previous_definition_version
    from {{ ref('int_connectivity__add_kreis') }}
)

select
    ags,
    name,
    level,
    technology,
    min_download_mbit_s,
    reference_date,
    missing_pct,
    inhabitants_to_reach as inhabitants_to_reach_estimate,
    inhabitants,
    weight_basis,
    case when definition_version = previous_definition_version then previous_date end as compared_date,
    case
        when definition_version = previous_definition_version then missing_pct - previous_missing_pct
    end as missing_change_points,
    definition_version,
    is_series_break
from history
