{#- Spending per inhabitant by product area of the payment statistics. -#}
{%- set areas = {
    '21': 'payments_schools',
    '25': 'payments_culture',
    '36': 'payments_youth',
    '42': 'payments_sport',
    '54': 'payments_traffic',
    '56': 'payments_environment',
    '57': 'payments_economy',
} -%}
select
    case product_area
        {%- for area, indicator in areas.items() %}
        when '{{ area }}' then '{{ indicator }}'
        {%- endfor %}
    end as indicator,
    case level when 'city' then 'municipality' else level end as area_kind,
    ags as area_code,
    name as area_name,
    null as station_network,
    make_date(year, 1, 1) as period_start,
    case when sum(items_unknown) = 0 then {{ ratio('sum(amount_eur)', 'max(inhabitants)') }} end as value,
    sum(items - items_unknown) as values_counted,
    sum(items) as values_expected,
    null as implausible,
    source_feed
from {{ ref('mart_public_finance') }}
where
    direction = 'spending'
    and source_feed like 'it_nrw%'
    and product_area in ('{{ areas | join("', '") }}')
group by product_area, level, ags, name, year, source_feed
