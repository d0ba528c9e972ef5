select
    site_id,
    site_name
from {{ silver('bike_muenster__site') }}
