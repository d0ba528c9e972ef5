select
    subject_id,
    subject_name
from {{ silver('ozg_nrw__subject') }}
