select
    ags,
    budget_year,
    product_code,
    account,
    kind,
    year,
    amount_eur
from {{ silver('wesel__budget') }}
