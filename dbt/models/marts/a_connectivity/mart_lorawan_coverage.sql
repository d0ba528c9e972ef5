{%- set distance = kilometres(
    'cell_latitude', 'cell_longitude', 'gateway.gateway_latitude', 'gateway.gateway_longitude'
) -%}
with links as (
    select
        link.*,
        device.* except (device_eui),
        -- a gateway that moved stands where it was last in the month, for all that it heard
        max(case
            when link.gateway_cell_1km is not null
                then struct(gateway_located_at, gateway_latitude, gateway_longitude, gateway_cell_1km)
        end) over (partition by link.gateway_id, link.month) as gateway
    from {{ ref('int_lorawan__choose_report') }} as device
    inner join {{ ref('fct_lorawan_link_month') }} as link using (device_eui)
    where device.cell_1km is not null
),

-- how often each value came, and once the link itself
counts as (
    select
        month,
        ags,
        coalesce(cell_100m, cell_1km) as cell,
        gateway_id,
        device_eui,
        private_place,
        cell_latitude,
        cell_longitude,
        gateway,
        first_heard_at,
        last_heard_at,
        fictitious,
        inline(concat(
            array(struct('link' as measure, 0D as value, receptions as counted)),
            transform(rssi_dbm_counts, count -> struct('rssi' as measure, count.value as value, count.receptions as counted)),
            transform(snr_db_counts, count -> struct('snr' as measure, count.value as value, count.receptions as counted)),
            transform(spreading_factor_counts, count -> struct('sf' as measure, 1D * count.value as value, count.receptions as counted))
        )) as (measure, value, counted)
    from links
),

measured as (
    select
        month,
        ags,
        cell,
        gateway_id,
        private_place,
        max(cell_latitude) as cell_latitude,
        max(cell_longitude) as cell_longitude,
        max(gateway) as gateway,
        count(distinct device_eui) as devices,
        sum(case when measure = 'link' then counted end) as receptions,
        percentile(case when measure = 'rssi' then value end, array(0.1D, 0.5D, 0.9D), counted) as rssi,
        percentile(case when measure = 'snr' then value end, array(0.1D, 0.5D, 0.9D), counted) as snr,
        percentile(case when measure = 'sf' then value end, array(0D, 0.5D, 1D), counted) as sf,
        min(first_heard_at) as first_heard_at,
        max(last_heard_at) as last_heard_at,
        bool_or(fictitious) as fictitious
    from counts
    group by month, ags, cell, gateway_id, private_place
    -- fewer would tell of one home
    having not private_place or count(distinct device_eui) >= 3
)

select
    measured.month,
    measured.ags,
    {{ administration_name('measured.ags', 'city.name') }} as name,
    measured.cell,
    case when private_place then 1000 else 100 end as cell_size_m,
    cell_latitude,
    cell_longitude,
    gateway_id,
    gateway.gateway_cell_1km as gateway_cell,
    case
        when private_place then round({{ distance }}, 0)
        else round({{ distance }}, 1)
    end as distance_km,
    devices,
    receptions,
    round(element_at(rssi, 1), 1) as rssi_p10_dbm,
    round(element_at(rssi, 2), 1) as rssi_p50_dbm,
    round(element_at(rssi, 3), 1) as rssi_p90_dbm,
    round(element_at(snr, 1), 1) as snr_p10_db,
    round(element_at(snr, 2), 1) as snr_p50_db,
    round(element_at(snr, 3), 1) as snr_p90_db,
    element_at(sf, 1) as spreading_factor_min,
    element_at(sf, 2) as spreading_factor_median,
    element_at(sf, 3) as spreading_factor_max,
    {{ local_date('first_heard_at') }} as first_day,
    {{ local_date('last_heard_at') }} as last_day,
    measured.fictitious
from measured
left join {{ ref('dim_municipality') }} as city on measured.ags = city.ags
