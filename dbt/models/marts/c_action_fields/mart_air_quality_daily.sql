{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['station_code', 'local_date', 'quantity'],
        meta={'grows_with': 'uba__air_quality_hour'},
    )
}}

with hours as (
    select
        station_code,
        local_date,
        quantity,
        averaging,
        case when plausibility = 'plausible' then value end as valid_value
    from {{ ref('fct_air_quality_hour') }}
    {% if is_incremental() %}
    left semi join (
        select station_code, {{ local_date('observed_at') }} as local_date, quantity
        from ({{ silver_changes('uba__air_quality_hour') }})
    ) using (station_code, local_date, quantity)
    {% endif %}
)

select
    station_code,
    local_date,
    quantity,
    max(averaging) as averaging,
    round(avg(valid_value), 2) as mean_ug_m3,
    max(valid_value) as max_ug_m3,
    count(valid_value) as hours_valid,
    {{ hours_of_day('local_date') }} as hours_expected
from hours
group by station_code, local_date, quantity
