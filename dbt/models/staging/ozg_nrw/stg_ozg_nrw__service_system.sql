select
    service_system_id,
    ozg_id,
    bundle_name,
    situation_id
from {{ silver('ozg_nrw__service_system') }}
