-- Municipalities of the Land, for comparison with those of the Kreis.
{% set feeds = {
    'localzero__population': {'inhabitants': 'inhabitants'},
    'localzero__area': {
        'land_settlement_traffic': percent('(settlement_ha + traffic_ha)', 'area_ha'),
        'land_commerce': percent('settlement_commerce_ha', 'area_ha'),
    },
    'localzero__buildings': {'buildings_district_heating': percent('1.0 * buildings_district_heating', 'buildings')},
    'localzero__flats': {'buildings_single_dwelling': percent('1.0 * coalesce(buildings_1, 0)', 'residential_buildings')},
} %}

{%- for feed, figures in feeds.items() %}
select
    made.indicator,
    'municipality' as area_kind,
    ags as area_code,
    null as area_name,
    null as station_network,
    reference_date as period_start,
    {{ chosen('made.indicator', figures) }} as value,
    case when {{ chosen('made.indicator', figures) }} is null then 0 else 1 end as values_counted,
    1 as values_expected,
    null as implausible,
    '{{ feed }}' as source_feed
from {{ ref('stg_' ~ feed) }}
    lateral view explode(array('{{ figures | join("', '") }}')) made as indicator
where left(ags, 2) = '{{ var("land_ags") }}'
{% if not loop.last %}
union all
{% endif %}
{%- endfor %}
