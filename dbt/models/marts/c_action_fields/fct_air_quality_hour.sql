{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['station_code', 'observed_at', 'quantity'],
        meta={'grows_with': 'uba__air_quality_hour'},
    )
}}

with hours as (
    {% if is_incremental() %}
    {{ silver_changes('uba__air_quality_hour') }}
    {% else %}
    select * from {{ ref('stg_uba__air_quality_hour') }}
    {% endif %}
)

select
    station_code,
    observed_at,
    {{ local_date('observed_at') }} as local_date,
    quantity,
    value,
    unit,
    averaging,
    plausibility
from hours
