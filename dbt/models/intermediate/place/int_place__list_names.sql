-- Names that mean one municipality, or one Kreis, of a Land. Names are unique neither within Germany ("Marl") nor in
-- every Land ("Quickborn"): one that two units of a Land share names neither of them. A name that only older lists hold,
-- of a unit that was merged or renamed, means it where no present one has the name.
with bearers as (
    select
        left(ags, 2) as land_ags,
        case record_type when '40' then 'kreis' else 'municipality' end as level,
        substring_index(name, ',', 1) as place,
        ags,
        max(territorial_status_date) = max(max(territorial_status_date)) over () as is_current
    from {{ ref('stg_gvisys__municipality') }}
    where record_type in ('40', '60')
    group by left(ags, 2), record_type, substring_index(name, ',', 1), ags
),

names as (
    select
        land_ags,
        level,
        place,
        coalesce(min(case when is_current then ags end), min(ags)) as ags,
        case when bool_or(is_current) then 'exact' else 'former_name' end as match_kind
    from bearers
    group by land_ags, level, place
    having count_if(is_current) = 1 or (count(*) = 1 and not bool_or(is_current))

    union all

    select
        left(ags, 2) as land_ags,
        'municipality' as level,
        place,
        ags,
        'official_alias' as match_kind
    from {{ ref('int_place__list_aliases') }}
),

counted as (
    select
        *,
        count(*) over (partition by land_ags, level, place) as meanings
    from names
)

select
    land_ags,
    level,
    place,
    ags,
    match_kind
from counted
where match_kind <> 'former_name' or meanings = 1
