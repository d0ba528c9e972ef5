select
    station_id,
    observed_at,
    quantity,
    unit,
    value,
    plausibility
from {{ silver('dwd__solar_10min') }}
