-- Editions of one year may repeat the inhabitants of one date within other borders. The first one that counts an area as of
-- a date is kept, so that no figure changes when a list is added.
with areas as (
    select
        ags,
        left(ags, 5) as kreis_ags,
        inhabitants_date,
        territorial_status_date,
        inhabitants,
        inhabitants_male,
        inhabitants_female,
        area_km2
    from {{ ref('stg_gvisys__municipality') }}
    where record_type = '60'
),

levels as (
    select
        coalesce(ags, kreis_ags) as ags,
        case when grouping(ags) = 1 then 'district' else 'municipality' end as level,
        kreis_ags,
        inhabitants_date,
        territorial_status_date,
        sum(inhabitants) as inhabitants,
        sum(inhabitants_male) as inhabitants_male,
        sum(inhabitants_female) as inhabitants_female,
        sum(area_km2) as area_km2
    from areas
    group by
        grouping sets (
            (ags, kreis_ags, inhabitants_date, territorial_status_date),
            (kreis_ags, inhabitants_date, territorial_status_date)
        )
),

ordered as (
    select
        *,
        row_number() over (partition by ags, inhabitants_date order by territorial_status_date) as position,
        min(territorial_status_date) over (partition by inhabitants_date) as first_status_date
    from levels
)

select
    ags,
    level,
    kreis_ags,
    inhabitants_date,
    territorial_status_date,
    inhabitants,
    inhabitants_male,
    inhabitants_female,
    area_km2,
    territorial_status_date = first_status_date as is_additive
from ordered
where position = 1
