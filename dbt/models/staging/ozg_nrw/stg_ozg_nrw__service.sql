select
    leika_key,
    leika_key_kind,
    service_name,
    service_system_id,
    leika_type
from {{ silver('ozg_nrw__service') }}
