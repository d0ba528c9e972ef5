select
    message_id,
    device_eui,
    observed_at,
    quantity,
    value,
    unit,
    _ingested_at
from {{ silver('lorawan__reading') }}
