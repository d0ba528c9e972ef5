select
    source_delivery_id,
    source_record_number,
    approval_year,
    seat_place,
    seat_ags,
    match_kind,
    amount_eur
from {{ ref('int_funding__match_seat') }}
