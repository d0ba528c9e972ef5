{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['device_eui', 'quantity', 'hour_at'],
        meta={
            'grows_with': 'lorawan__reading',
            'rebuilt_with': ['lorawan__device', 'lorawan__device_quantity'],
        },
    )
}}

select
    device_eui,
    quantity,
    date_trunc('hour', observed_at) as hour_at,
    max_by(unit, observed_at) as unit,
    count(*) as readings,
    round(avg(value), 6) as mean_value,
    min(value) as min_value,
    max(value) as max_value,
    count_if(size(codes) > 0) as readings_flagged,
    min(observed_at) as first_observed_at,
    max(observed_at) as last_observed_at
from ({{ judged_readings() }})
group by device_eui, quantity, date_trunc('hour', observed_at)
having
    {{
        'bool_or(is_reopened)' if is_incremental()
        else 'max(ingested_at) >= ' ~ kept_since('retention_days_hourly')
    }}
