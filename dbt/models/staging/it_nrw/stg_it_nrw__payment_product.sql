select
    year,
    product,
    label
from {{ silver('it_nrw__payment_product') }}
