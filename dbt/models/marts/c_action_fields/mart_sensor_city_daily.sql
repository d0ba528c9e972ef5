{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['ags', 'local_date', 'quantity', 'unit'],
        meta={
            'grows_with': 'lorawan__reading',
            'rebuilt_with': ['lorawan__device', 'lorawan__device_quantity'],
        },
    )
}}

with devices as (
    select
        device.ags,
        device.city,
        device.fictitious,
        limits.quantity,
        limits.unit,
        daily.local_date,
        daily.readings,
        daily.mean_value,
        daily.min_value,
        daily.max_value
    from {{ ref('mart_sensor_daily') }} as daily
    inner join {{ ref('dim_device') }} as device on daily.device_eui = device.device_eui
    inner join {{ ref('stg_lorawan__device_quantity') }} as limits
        on
            daily.device_eui = limits.device_eui
            and daily.quantity = limits.quantity
            and device.ags = limits.ags
            and device.period = limits.period
    {% if is_incremental() %}
    left semi join (
        select
            known.ags,
            changed.quantity,
            {{ local_date('changed.observed_at') }} as local_date
        from ({{ silver_changes('lorawan__reading') }}) as changed
        inner join {{ ref('dim_device') }} as known on changed.device_eui = known.device_eui
    ) as reopened
        on
            device.ags = reopened.ags
            and daily.quantity = reopened.quantity
            and daily.local_date = reopened.local_date
    {% endif %}
)

select
    ags,
    max(city) as city,
    local_date,
    quantity,
    coalesce(unit, '') as unit,
    count(*) as devices,
    sum(readings) as readings,
    round(avg(mean_value), 6) as mean_value,
    min(min_value) as min_value,
    max(max_value) as max_value,
    bool_or(fictitious) as fictitious
from devices
group by ags, local_date, quantity, coalesce(unit, '')
