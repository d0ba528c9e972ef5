{#- What is "last hour" ended when it was observed, so it belongs to the day of the hour before. -#}
{%- set indicators = {
    'temperature_2m': "'weather_temperature_mean'",
    'precipitation_last_hour': "'weather_precipitation'",
    'gust_maximum_last_hour': "'weather_gust_maximum'",
    'global_radiation': "'weather_global_radiation'",
    'sunshine_duration': "'weather_sunshine'",
} -%}
with readings as (
    select
        'dwd__poi_observation' as source_feed,
        'dwd_poi' as station_network,
        station_id,
        case when quantity like '%_last_hour' then observed_at - interval 1 hour else observed_at end as began_at,
        quantity,
        value,
        plausibility
    from {{ ref('stg_dwd__poi_observation') }}
    where quantity in ('{{ indicators | join("', '") }}')

    union all

    select
        'dwd__solar_10min' as source_feed,
        'dwd_climate' as station_network,
        station_id,
        observed_at as began_at,
        quantity,
        value,
        plausibility
    from {{ ref('stg_dwd__solar_10min') }}
    where quantity in ('{{ indicators | join("', '") }}')
),

days as (
    select
        source_feed,
        station_network,
        station_id,
        quantity,
        {{ local_date('began_at') }} as period_start,
        avg(case when plausibility = 'plausible' then value end) as mean_value,
        sum(case when plausibility = 'plausible' then value end) as sum_value,
        max(case when plausibility = 'plausible' then value end) as max_value,
        count_if(plausibility = 'plausible') as values_counted,
        count_if(plausibility not in ('plausible', 'missing')) as implausible
    from readings
    group by all
)

select
    {{ chosen('quantity', indicators) }} as indicator,
    'station' as area_kind,
    station_id as area_code,
    null as area_name,
    station_network,
    period_start,
    case quantity when 'temperature_2m' then mean_value when 'gust_maximum_last_hour' then max_value else sum_value end as value,
    values_counted,
    {{ hours_of_day('period_start') }} * case source_feed when 'dwd__solar_10min' then 6 else 1 end as values_expected,
    implausible,
    source_feed
from days
