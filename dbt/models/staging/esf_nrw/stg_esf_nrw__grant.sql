-- The project title is left out here and is in no model. The beneficiary is needed once, to count how many stand
-- behind a figure.
select
    _delivery_id as source_delivery_id,
    _record_number as source_record_number,
    approval_year,
    beneficiary,
    seat_place,
    amount_eur
from {{ silver('esf_nrw__grant') }}
