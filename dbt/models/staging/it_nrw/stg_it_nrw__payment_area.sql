select
    ags,
    year,
    name,
    inhabitants
from {{ silver('it_nrw__payment_area') }}
