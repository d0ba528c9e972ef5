select
    _delivery_id as source_delivery_id,
    _record_number as source_record_number,
    district_name,
    accident_year,
    severity_code
from {{ silver('unfallatlas__bicycle_accident') }}
