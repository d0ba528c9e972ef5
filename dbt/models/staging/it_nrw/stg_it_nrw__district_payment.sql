select
    ags,
    year,
    product,
    account,
    direction,
    is_total,
    amount_eur
from {{ silver('it_nrw__district_payment') }}
