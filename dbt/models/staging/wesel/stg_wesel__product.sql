select
    product_code,
    label,
    product_area_code
from {{ silver('wesel__product') }}
