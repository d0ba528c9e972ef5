-- Only the mention of this feed: what the marts of grants depend on should be what they are made of.
{%- set mentions = var('place_mentions') | selectattr('feed', 'equalto', 'esf_nrw__grant') | list %}

with places as (
    {{ match_places(mentions) }}
)

select
    grants.source_delivery_id,
    grants.source_record_number,
    grants.approval_year,
    grants.beneficiary,
    grants.seat_place,
    places.ags as seat_ags,
    coalesce(places.match_kind, 'no_place') as match_kind,
    grants.amount_eur
from {{ ref('stg_esf_nrw__grant') }} as grants
left join places on grants.seat_place = places.place
