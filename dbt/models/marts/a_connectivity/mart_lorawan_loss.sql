with months as (
    select
        frames.month,
        device.ags,
        coalesce(device.cell_100m, device.cell_1km) as cell,
        device.private_place,
        max(device.cell_latitude) as cell_latitude,
        max(device.cell_longitude) as cell_longitude,
        count(distinct device_eui) as devices,
        count(distinct device_eui, frames.session) as sessions,
        sum(frames.uplinks) as uplinks,
        sum(frames.uplinks_heard_once) as uplinks_heard_once,
        sum(frames.receptions) as receptions,
        sum(frames.frames_expected) as frames_expected,
        sum(frames.frames_received) as frames_received,
        sum(frames.frames_expected - frames.frames_received) as frames_lost,
        bool_or(device.fictitious) as fictitious
    from {{ ref('int_lorawan__choose_report') }} as device
    inner join {{ ref('fct_lorawan_frame_month') }} as frames using (device_eui)
    where device.cell_1km is not null
    group by frames.month, device.ags, coalesce(device.cell_100m, device.cell_1km), device.private_place
    -- fewer would tell of one home
    having not device.private_place or count(distinct device_eui) >= 3
)

select
    months.month,
    months.ags,
    {{ administration_name('months.ags', 'city.name') }} as name,
    months.cell,
    case when private_place then 1000 else 100 end as cell_size_m,
    cell_latitude,
    cell_longitude,
    devices,
    sessions,
    uplinks,
    {{ ratio('receptions', 'uplinks') }} as gateways_per_uplink,
    {{ percent('uplinks_heard_once', 'uplinks') }} as heard_by_one_gateway_pct,
    frames_expected,
    frames_received,
    frames_lost,
    {{ percent('frames_lost', 'frames_expected') }} as loss_pct,
    {{ wilson_percent('frames_lost', 'frames_expected', '-') }} as loss_low_pct,
    {{ wilson_percent('frames_lost', 'frames_expected', '+') }} as loss_high_pct,
    months.fictitious
from months
left join {{ ref('dim_municipality') }} as city on months.ags = city.ags
