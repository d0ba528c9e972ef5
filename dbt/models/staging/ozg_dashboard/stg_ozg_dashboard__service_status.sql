select
    leika_key,
    leika_name,
    leika_designation,
    ars,
    ars_level,
    ozg_id,
    ozg_name,
    url,
    online,
    active,
    coverage_kind,
    _ingested_at as received_at
from {{ silver('ozg_dashboard__service_status') }}
