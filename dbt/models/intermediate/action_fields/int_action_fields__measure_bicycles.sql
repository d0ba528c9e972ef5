{#- A day has 96 quarter hours: what a whole day would count, if the missing ones were like the others. -#}
{%- set figures = {
    'bicycles_counted': 'bicycles',
    'bicycles_per_day': ratio('96.0 * bicycles', 'values_counted'),
} -%}
-- Only the totals of the sites: their channels are parts of them.
with months as (
    select
        site_id,
        trunc({{ local_date('observed_at') }}, 'MONTH') as period_start,
        sum(case when plausibility = 'plausible' then bicycles end) as bicycles,
        count_if(plausibility = 'plausible') as values_counted,
        count_if(plausibility not in ('plausible', 'missing')) as implausible
    from {{ ref('stg_bike_muenster__count') }}
    where kind = 'total'
    group by all
)

select
    made.indicator,
    'station' as area_kind,
    site_id as area_code,
    null as area_name,
    'bike_muenster' as station_network,
    period_start,
    {{ chosen('made.indicator', figures) }} as value,
    values_counted,
    4 * {{ hours_between('period_start', 'add_months(period_start, 1)') }} as values_expected,
    implausible,
    'bike_muenster__count' as source_feed
from months
    lateral view explode(array('{{ figures | join("', '") }}')) made as indicator
