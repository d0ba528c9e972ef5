select
    box_id,
    exposure,
    last_measured_at,
    longitude,
    latitude
from {{ silver('opensensemap__box') }}
