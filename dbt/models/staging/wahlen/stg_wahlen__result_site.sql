select
    ags,
    address_check,
    _ingested_at as fetched_at
from {{ silver('wahlen__result_site') }}
