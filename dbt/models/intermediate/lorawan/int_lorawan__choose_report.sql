select
    device_eui,
    newest.ags,
    newest.period,
    newest.name,
    newest.model,
    newest.owner_function,
    newest.private_place,
    newest.cell_100m,
    newest.cell_1km,
    newest.cell_latitude,
    newest.cell_longitude,
    newest.reporting_interval_min,
    newest.commissioned_on,
    newest.retired_on,
    newest.fictitious
from (
    select
        device_eui,
        max_by(struct(device.*), struct(period, ags)) as newest
    from {{ ref('stg_lorawan__device') }} as device
    group by device_eui
)
