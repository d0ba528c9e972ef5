{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['device_eui', 'quantity', 'observed_at', 'code'],
        meta={
            'grows_with': ['lorawan__reading', 'lorawan__device_event'],
            'rebuilt_with': ['lorawan__device', 'lorawan__device_quantity'],
            'gone_without': 'message_id',
        },
    )
}}

with judged as (
    select
        device_eui,
        quantity,
        observed_at,
        value,
        message_id,
        ingested_at,
        codes
    from ({{ judged_readings() }})
    where is_reopened

    union all

    select
        device_eui,
        'battery_level_pct' as quantity,
        observed_at,
        counted.battery_level_pct as value,
        counted.message_id,
        counted._ingested_at as ingested_at,
        case when counted.battery_level_pct < 20 then array('low_battery') else array() end as codes
    from (
        select
            device_eui,
            observed_at,
            -- the first fields decide
            max(struct(_ingested_at, message_id, battery_level_pct)) as counted
        from {{ ref('stg_lorawan__device_event') }}
        {% if is_incremental() %}
        left semi join ({{ silver_changes('lorawan__device_event') }}) using (device_eui, observed_at)
        {% endif %}
        where battery_level_pct is not null
        group by device_eui, observed_at
    )
),

{% if is_incremental() %}
-- a code that was held and is no more comes out without its message
coded as (
    select
        *,
        explode(array_union(codes, coalesce(held_codes, array()))) as code
    from judged
    left join (
        select
            device_eui,
            quantity,
            observed_at,
            collect_list(code) as held_codes
        from {{ this }}
        group by device_eui, quantity, observed_at
    ) using (device_eui, quantity, observed_at)
)
{% else %}
coded as (
    select
        *,
        explode(codes) as code
    from judged
    where ingested_at >= {{ kept_since('retention_days_flags') }}
)
{% endif %}

select
    device_eui,
    quantity,
    observed_at,
    code,
    value,
    case when array_contains(codes, code) then message_id end as message_id,
    ingested_at
from coded
