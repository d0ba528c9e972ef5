select
    grants.source_delivery_id,
    grants.source_record_number,
    grants.approval_year,
    grants.beneficiary,
    grants.seat_place,
    places.ags as seat_ags,
    case when grants.seat_place is null then 'no_place' else coalesce(places.match_kind, 'none') end as match_kind,
    grants.amount_eur
from {{ ref('stg_esf_nrw__grant') }} as grants
left join {{ ref('int_funding__list_places') }} as places on grants.seat_place = places.place
