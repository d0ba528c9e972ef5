select
    situation_id,
    subject_id,
    situation_name
from {{ silver('ozg_nrw__situation') }}
