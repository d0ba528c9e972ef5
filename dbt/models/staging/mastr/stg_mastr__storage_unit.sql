select
    unit_id,
    status,
    commissioned_on,
    decommissioned_on,
    postcode,
    capacity_kwh
from {{ silver('mastr__storage_unit') }}
