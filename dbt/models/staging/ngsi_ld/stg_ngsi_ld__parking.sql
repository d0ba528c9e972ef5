select
    entity_id,
    attribute,
    observed_at,
    value_number,
    name,
    spaces
from {{ silver('ngsi_ld__parking') }}
