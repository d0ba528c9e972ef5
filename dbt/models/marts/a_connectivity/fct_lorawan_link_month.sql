{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['device_eui', 'gateway_id', 'month'],
        meta={'grows_with': 'lorawan__reception'},
    )
}}

with receptions as (
    {{ receptions_to_read(['device_eui', 'gateway_id']) }}
),

-- how often each value came, for one measure after the other
counted as (
    select
        device_eui,
        gateway_id,
        month,
        rssi_dbm,
        snr_db,
        spreading_factor,
        grouping(rssi_dbm) = 0 as is_rssi,
        grouping(snr_db) = 0 as is_snr,
        grouping(spreading_factor) = 0 as is_spreading_factor,
        count(*) as receptions,
        min(observed_at) as first_heard_at,
        max(observed_at) as last_heard_at,
        max(case when gateway_cell_1km is not null then
            struct(observed_at, gateway_latitude as latitude, gateway_longitude as longitude, gateway_cell_1km as cell)
        end) as place
    from receptions
    group by grouping sets (
        (device_eui, gateway_id, month, rssi_dbm),
        (device_eui, gateway_id, month, snr_db),
        (device_eui, gateway_id, month, spreading_factor)
    )
)

select
    device_eui,
    gateway_id,
    month,
    sum(case when is_rssi then receptions end) as receptions,
    min(first_heard_at) as first_heard_at,
    max(last_heard_at) as last_heard_at,
    array_sort(collect_list(
        case when is_rssi and rssi_dbm is not null then struct(rssi_dbm as value, receptions) end
    )) as rssi_dbm_counts,
    array_sort(collect_list(
        case when is_snr and snr_db is not null then struct(snr_db as value, receptions) end
    )) as snr_db_counts,
    array_sort(collect_list(
        case
            when is_spreading_factor and spreading_factor is not null
                then struct(spreading_factor as value, receptions)
        end
    )) as spreading_factor_counts,
    max(place).observed_at as gateway_located_at,
    max(place).latitude as gateway_latitude,
    max(place).longitude as gateway_longitude,
    max(place).cell as gateway_cell_1km
from counted
group by device_eui, gateway_id, month
