select
    _delivery_id as source_delivery_id,
    _record_number as source_record_number,
    postcode,
    place
from {{ silver('bnetza__charging_point') }}
