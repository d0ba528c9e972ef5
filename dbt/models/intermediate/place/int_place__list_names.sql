-- Names that mean one municipality, or one Kreis, of a Land. Names are unique neither within Germany ("Marl") nor in
-- every Land ("Quickborn"): one that two units of a Land share names neither of them.
with units as (
    select
        left(ags, 2) as land_ags,
        case record_type when '40' then 'kreis' else 'municipality' end as level,
        substring_index(name, ',', 1) as place,
        ags
    from {{ ref('stg_gvisys__municipality') }}
    where record_type in ('40', '60')
)

select
    land_ags,
    level,
    place,
    min(ags) as ags,
    'exact' as match_kind
from units
group by land_ags, level, place
having count(*) = 1

union all

select
    left(ags, 2) as land_ags,
    'municipality' as level,
    place,
    ags,
    'official_alias' as match_kind
from {{ ref('int_place__list_aliases') }}
