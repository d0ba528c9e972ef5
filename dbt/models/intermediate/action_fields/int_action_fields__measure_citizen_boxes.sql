-- The list has no date: it is as old as the newest measurement in it.
with boxes as (
    select
        last_measured_at,
        max(last_measured_at) over () as newest_at
    from {{ ref('stg_opensensemap__box') }}
)

select
    'citizen_boxes_active' as indicator,
    'rectangle' as area_kind,
    'opensensemap' as area_code,
    'Rechteck um den Kreis Recklinghausen' as area_name,
    null as station_network,
    {{ local_date('newest_at') }} as period_start,
    count_if(last_measured_at >= newest_at - interval 7 days) as value,
    count(last_measured_at) as values_counted,
    count(*) as values_expected,
    null as implausible,
    'opensensemap__box' as source_feed
from boxes
where newest_at is not null
group by newest_at
