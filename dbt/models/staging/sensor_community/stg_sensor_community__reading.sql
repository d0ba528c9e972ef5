select
    sensor_id,
    observed_at,
    quantity,
    value,
    plausibility,
    longitude,
    latitude
from {{ silver('sensor_community__reading') }}
