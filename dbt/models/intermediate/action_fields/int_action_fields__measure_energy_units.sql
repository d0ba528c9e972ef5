-- Silver names place and postcode of a unit, and the places are parts of municipalities. A postcode that crosses a
-- border stays an area of its own.
with units as (
    select
        'solar_power' as measure,
        'mastr__solar_unit' as source_feed,
        postcode,
        commissioned_on,
        decommissioned_on,
        net_power_kw as size
    from {{ ref('stg_mastr__solar_unit') }}
    where status <> 'In Planung'

    union all

    select
        'storage_capacity' as measure,
        'mastr__storage_unit' as source_feed,
        postcode,
        commissioned_on,
        decommissioned_on,
        capacity_kwh as size
    from {{ ref('stg_mastr__storage_unit') }}
    where status <> 'In Planung'
),

years as (
    select
        measure,
        source_feed,
        case when codes.ags is null then 'postcode' else 'municipality' end as area_kind,
        coalesce(codes.ags, units.postcode) as area_code,
        trunc(changed_on, 'YEAR') as period_start,
        sum(case when change = 1 then size end) as added,
        sum(change * size) as gained,
        count_if(change = 1) as units_added,
        sum(change) as units_gained
    from units
    left join {{ ref('int_place__list_postcodes') }} as codes on units.postcode = codes.postcode
        lateral view stack(2, commissioned_on, 1, decommissioned_on, -1) changes as changed_on, change
    where changed_on is not null
    group by all
),

summed as (
    select
        *,
        sum(gained) over (partition by measure, area_code order by period_start) as installed,
        sum(units_gained) over (partition by measure, area_code order by period_start) as units_installed
    from years
)

select
    measure || '_' || state as indicator,
    area_kind,
    area_code,
    null as area_name,
    null as station_network,
    period_start,
    case state when 'added' then coalesce(added, 0) else installed end as value,
    case state when 'added' then units_added else units_installed end as values_counted,
    null as values_expected,
    null as implausible,
    source_feed
from summed
    lateral view explode(array('added', 'installed')) states as state
