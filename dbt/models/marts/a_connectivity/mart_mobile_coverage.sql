with kreise as (
    select
        ags,
        substring_index(max_by(name, territorial_status_date), ',', 1) as name
    from {{ ref('stg_gvisys__municipality') }}
    where record_type = '40'
    group by ags
),

history as (
    select
        *,
        lag(definition_version) over (
            partition by ags, technology, area_kind
            order by reference_date
        ) as previous_definition_version
    from {{ ref('stg_breitbandatlas__mobile_coverage') }}
    where left(ags, 2) = '{{ var("land_ags") }}'
)

select
    history.ags,
    case when history.ags = '{{ var("kreis_ags") }}' then '{{ var("kreis_name") }}' else kreise.name end as name,
    history.ags = '{{ var("kreis_ags") }}' as is_vest,
    case
        when history.technology like '5G%' then '5g'
        when history.technology like 'LTE%' then 'lte'
        else 'any'
    end as generation,
    history.technology,
    history.area_group,
    history.area_kind,
    history.reference_date,
    history.area_pct,
    history.definition_version,
    coalesce(history.definition_version <> history.previous_definition_version, false) as is_series_break
from history
left join kreise on history.ags = kreise.ags
