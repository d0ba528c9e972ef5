select
    ags,
    period,
    device_eui,
    quantity,
    unit,
    minimum,
    maximum,
    max_step,
    stuck_after_h,
    fictitious
from {{ silver('lorawan__device_quantity') }}
