select
    station_id,
    station_name,
    longitude,
    latitude
from {{ silver('dwd__station') }}
