with measured as (
    {%- for group in ['environment', 'energy', 'mobility', 'society'] %}
    select
        indicator,
        area_kind,
        area_code,
        area_name,
        station_network,
        period_start,
        value,
        values_counted,
        values_expected,
        implausible,
        source_feed
    from {{ ref('fct_indicator_' ~ group) }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

placed as (
    select
        measured.*,
        case measured.area_kind
            when 'station' then coalesce(stations.name, measured.area_code)
            else coalesce(cities.name, measured.area_name, measured.area_code)
        end as name,
        case measured.area_kind
            when 'station' then stations.ags
            when 'municipality' then measured.area_code
            when 'district' then measured.area_code
        end as ags
    from measured
    left join {{ ref('dim_municipality') }} as cities
        on measured.area_kind = 'municipality' and measured.area_code = cities.ags
    left join {{ ref('dim_station') }} as stations
        on measured.station_network = stations.network and measured.area_code = stations.station_code
)

select
    listed.field,
    placed.indicator,
    listed.indicator_de,
    placed.area_kind,
    placed.area_code,
    case when placed.ags = '{{ var("kreis_ags") }}' then '{{ var("kreis_name") }}' else placed.name end as area_name,
    case
        when placed.area_kind in ('constituency', 'rectangle') then 'overlapping'
        when left(placed.ags, 5) = '{{ var("kreis_ags") }}' then 'region'
        else 'comparison'
    end as region_relation,
    listed.period_kind,
    placed.period_start,
    round(placed.value, 3) as value,
    listed.unit,
    placed.values_counted,
    placed.values_expected,
    placed.implausible,
    {{ percent('placed.values_counted', 'placed.values_expected') }} as coverage_pct,
    placed.source_feed,
    listed.definition_version
from placed
left join {{ ref('int_action_fields__list_indicators') }} as listed on placed.indicator = listed.indicator
