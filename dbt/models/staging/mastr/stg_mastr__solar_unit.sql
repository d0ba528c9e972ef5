select
    unit_id,
    status,
    commissioned_on,
    decommissioned_on,
    postcode,
    net_power_kw
from {{ silver('mastr__solar_unit') }}
