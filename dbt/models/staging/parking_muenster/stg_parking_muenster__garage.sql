select
    garage_id,
    name,
    status,
    spaces,
    free_spaces,
    ags,
    _ingested_at as fetched_at
from {{ silver('parking_muenster__garage') }}
