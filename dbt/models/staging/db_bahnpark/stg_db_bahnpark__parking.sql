select
    facility_id,
    name,
    city,
    postcode,
    longitude,
    latitude,
    spaces,
    is_out_of_service,
    _ingested_at as fetched_at
from {{ silver('db_bahnpark__parking') }}
