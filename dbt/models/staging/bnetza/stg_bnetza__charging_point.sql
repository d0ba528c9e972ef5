select
    _delivery_id as source_delivery_id,
    _record_number as source_record_number,
    postcode,
    place,
    commissioned_on,
    points,
    power_kw
from {{ silver('bnetza__charging_point') }}
