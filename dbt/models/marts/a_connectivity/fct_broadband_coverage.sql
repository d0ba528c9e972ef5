with history as (
    select
        *,
        lag(definition_version) over (
            partition by ags, technology, min_download_mbit_s
            order by reference_date
        ) as previous_definition_version
    from {{ ref('int_connectivity__join_editions') }}
)

select
    history.ags,
    history.technology,
    history.min_download_mbit_s,
    history.reference_date,
    history.households_pct,
    history.definition_version,
    coalesce(history.definition_version <> history.previous_definition_version, false) as is_series_break,
    municipality.ags is not null as is_in_municipality_list
from history
left join {{ ref('dim_municipality') }} as municipality on history.ags = municipality.ags
