select
    ags,
    reference_date,
    inhabitants
from {{ silver('localzero__population') }}
