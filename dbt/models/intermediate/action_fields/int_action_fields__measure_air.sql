-- From the days, not from the 140,000 hours; a day weighs as much as it has valid hours.
with years as (
    select
        station_code,
        quantity,
        trunc(local_date, 'YEAR') as period_start,
        {{ weighted_mean('mean_ug_m3', 'hours_valid') }} as value,
        sum(hours_valid) as values_counted
    from {{ ref('mart_air_quality_daily') }}
    group by all
)

select
    'air_' || quantity || '_mean' as indicator,
    'station' as area_kind,
    station_code as area_code,
    null as area_name,
    'uba' as station_network,
    period_start,
    value,
    values_counted,
    {{ hours_between('period_start', 'add_months(period_start, 12)') }} as values_expected,
    -- The days do not tell implausible hours from missing ones: both are in the gap.
    null as implausible,
    'uba__air_quality_hour' as source_feed
from years
