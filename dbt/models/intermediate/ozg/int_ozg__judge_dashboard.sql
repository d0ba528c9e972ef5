-- A row of the federation, the Land or the Kreis comes once and counts for every city within it: an area covers those
-- whose ARS begins like its own, up to its level.
with stated as (
    select
        leika_key,
        ozg_id,
        ars_level,
        online,
        level_digits,
        left(ars, level_digits) as area,
        max(local_date_received) over () as as_of_date,
        coverage_kind <> 'nicht in Auswertung berücksichtigt' and coalesce(active, true) as is_counted
    from (
        select
            *,
            {{ local_date('received_at') }} as local_date_received,
            case ars_level
                when 'federation' then 0
                when 'state' then 2
                when 'government_region' then 3
                when 'district' then 5
                when 'association' then 9
                else 12
            end as level_digits
        from {{ ref('stg_ozg_dashboard__service_status') }}
    )
),

administration as (
    select
        ags,
        ars,
        9 as own_digits
    from {{ ref('dim_municipality') }}
    where is_vest and is_current
    union all
    select
        '{{ var("kreis_ags") }}000' as ags,
        '{{ var("kreis_ags") }}0000000' as ars,
        5 as own_digits
)

select
    stated.leika_key,
    administration.ags,
    stated.as_of_date,
    max(stated.ozg_id) as ozg_id,
    bool_or(startswith(administration.ars, stated.area)) as is_listed,
    bool_or(startswith(administration.ars, stated.area) and stated.level_digits >= administration.own_digits) as has_own_row,
    bool_or(startswith(administration.ars, stated.area) and stated.online) as is_online,
    bool_or(
        startswith(administration.ars, stated.area) and stated.level_digits >= administration.own_digits and stated.online
    ) as is_own_online,
    max_by(stated.ars_level, stated.level_digits)
    filter (where startswith(administration.ars, stated.area) and stated.online) as online_level
from stated
cross join administration
where
    stated.is_counted
    and (startswith(stated.area, '{{ var("kreis_ags") }}') or startswith('{{ var("kreis_ags") }}', stated.area))
group by stated.leika_key, administration.ags, stated.as_of_date
