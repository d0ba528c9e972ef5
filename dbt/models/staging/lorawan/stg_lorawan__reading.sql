select
    message_id,
    device_eui,
    observed_at,
    quantity,
    value,
    unit,
    _ingested_at,
    _delivery_id,
    _record_number
from {{ silver('lorawan__reading') }}
