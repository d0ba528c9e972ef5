select
    site_id,
    observed_at,
    kind,
    bicycles,
    plausibility
from {{ silver('bike_muenster__count') }}
