select
    station_code,
    observed_at,
    quantity,
    value,
    unit,
    averaging,
    plausibility
from {{ silver('uba__air_quality_hour') }}
