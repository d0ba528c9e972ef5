-- What a car park says of its free spaces; a closed one says nothing. ngsi_ld: the last observation of a day counts.
with latest as (
    select
        entity_id,
        {{ local_date('observed_at') }} as period_start,
        max_by(spaces, observed_at) as spaces,
        -- A number of spaces is whole; floor makes it one that does not turn the other figures into floating point.
        max_by(floor(value_number), observed_at) as free_spaces
    from {{ ref('stg_ngsi_ld__parking') }}
    where attribute = 'availableSpotNumber'
    group by all
),

parks as (
    select
        'parking_muenster__garage' as source_feed,
        'municipality' as area_kind,
        ags as area_code,
        null as station_network,
        {{ local_date('max(fetched_at) over ()') }} as period_start,
        spaces,
        case when status <> 'geschlossen' then free_spaces end as free_spaces
    from {{ ref('stg_parking_muenster__garage') }}

    union all

    select
        'ngsi_ld__parking' as source_feed,
        'station' as area_kind,
        entity_id as area_code,
        'ngsi_ld' as station_network,
        period_start,
        spaces,
        free_spaces
    from latest
),

areas as (
    select
        source_feed,
        area_kind,
        area_code,
        station_network,
        period_start,
        sum(spaces) as spaces,
        {{ percent(
            'sum(case when free_spaces <= spaces then 1.0 * (spaces - free_spaces) end)',
            'sum(case when free_spaces <= spaces then spaces end)'
        ) }} as occupied_pct,
        count(spaces) as parks_with_spaces,
        count_if(free_spaces <= spaces) as parks_with_free,
        count(*) as parks,
        count_if(free_spaces > spaces) as implausible
    from parks
    group by all
)

select
    made.indicator,
    area_kind,
    area_code,
    null as area_name,
    station_network,
    period_start,
    case made.indicator when 'parking_spaces' then spaces else occupied_pct end as value,
    case made.indicator when 'parking_spaces' then parks_with_spaces else parks_with_free end as values_counted,
    parks as values_expected,
    case made.indicator when 'parking_spaces' then 0 else implausible end as implausible,
    source_feed
from areas
    lateral view explode(array('parking_spaces', 'parking_occupied')) made as indicator
