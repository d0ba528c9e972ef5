{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['device_eui', 'local_date', 'quantity'],
        meta={'grows_with': 'lorawan__reading'},
    )
}}

with readings as (
    select
        *,
        {{ local_date('observed_at') }} as local_date
    -- 25 hours: a whole day on both sides
    from ({{ counted_readings(25) }})
)

select
    device_eui,
    local_date,
    quantity,
    max_by(unit, observed_at) as unit,
    count(*) as readings,
    round(avg(value), 6) as mean_value,
    min(value) as min_value,
    max(value) as max_value,
    count(distinct date_trunc('hour', observed_at)) as hours_covered,
    {{ hours_of_day('local_date') }} as hours_expected
from readings
group by device_eui, local_date, quantity
having bool_or(is_changed)
