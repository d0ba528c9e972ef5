select
    ags,
    period,
    device_eui,
    name,
    owner_function,
    model,
    latitude,
    longitude,
    private_place,
    commissioned_on,
    retired_on,
    reporting_interval_min,
    fictitious
from {{ silver('lorawan__device') }}
