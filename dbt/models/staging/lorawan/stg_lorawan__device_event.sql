select
    message_id,
    device_eui,
    observed_at,
    event,
    battery_level_pct,
    _ingested_at
from {{ silver('lorawan__device_event') }}
