-- A sensor sends when it likes, so what can be missing is a day: the month is the mean of its daily means.
with days as (
    select
        sensor_id,
        quantity,
        {{ local_date('observed_at') }} as local_date,
        avg(case when plausibility = 'plausible' then value end) as mean_ug_m3,
        count_if(plausibility not in ('plausible', 'missing')) as implausible
    from {{ ref('stg_sensor_community__reading') }}
    group by all
)

select
    'citizen_air_' || quantity || '_mean' as indicator,
    'station' as area_kind,
    sensor_id as area_code,
    null as area_name,
    'sensor_community' as station_network,
    trunc(local_date, 'MONTH') as period_start,
    avg(mean_ug_m3) as value,
    count(mean_ug_m3) as values_counted,
    max(day(last_day(local_date))) as values_expected,
    sum(implausible) as implausible,
    'sensor_community__reading' as source_feed
from days
group by sensor_id, quantity, trunc(local_date, 'MONTH')
