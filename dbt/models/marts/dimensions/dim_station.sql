-- Names that owners chose and exact places of private homes are not taken over.
with stations as (
    select distinct
        'uba' as network,
        station_code,
        'air' as station_kind,
        null as name,
        null as longitude,
        null as latitude,
        null as ags,
        'uba__air_quality_hour' as source_feed
    from {{ ref('mart_air_quality_daily') }}

    union all

    select distinct
        'dwd_poi' as network,
        station_id as station_code,
        'weather' as station_kind,
        null as name,
        null as longitude,
        null as latitude,
        null as ags,
        'dwd__poi_observation' as source_feed
    from {{ ref('stg_dwd__poi_observation') }}

    union all

    select
        'dwd_climate' as network,
        station_id as station_code,
        'weather' as station_kind,
        station_name as name,
        longitude,
        latitude,
        null as ags,
        'dwd__station' as source_feed
    from {{ ref('stg_dwd__station') }}

    union all

    select
        'opensensemap' as network,
        box_id as station_code,
        'citizen_box' as station_kind,
        null as name,
        round(longitude, 2) as longitude,
        round(latitude, 2) as latitude,
        null as ags,
        'opensensemap__box' as source_feed
    from {{ ref('stg_opensensemap__box') }}

    union all

    select
        'sensor_community' as network,
        sensor_id as station_code,
        'citizen_sensor' as station_kind,
        null as name,
        round(max_by(longitude, observed_at), 2) as longitude,
        round(max_by(latitude, observed_at), 2) as latitude,
        null as ags,
        'sensor_community__reading' as source_feed
    from {{ ref('stg_sensor_community__reading') }}
    group by sensor_id

    union all

    select
        'bike_muenster' as network,
        site_id as station_code,
        'bicycle_counter' as station_kind,
        site_name as name,
        null as longitude,
        null as latitude,
        -- The list is that of the city of Münster.
        '05515000' as ags,
        'bike_muenster__site' as source_feed
    from {{ ref('stg_bike_muenster__site') }}

    union all

    select
        'parking_muenster' as network,
        '' || garage_id as station_code,
        'car_park' as station_kind,
        name,
        null as longitude,
        null as latitude,
        ags,
        'parking_muenster__garage' as source_feed
    from {{ ref('stg_parking_muenster__garage') }}

    union all

    select
        'db_bahnpark' as network,
        parks.facility_id as station_code,
        'car_park' as station_kind,
        parks.name,
        parks.longitude,
        parks.latitude,
        codes.ags,
        'db_bahnpark__parking' as source_feed
    from {{ ref('stg_db_bahnpark__parking') }} as parks
    -- A postcode that crosses a border tells no municipality.
    left join {{ ref('int_place__list_postcodes') }} as codes on parks.postcode = codes.postcode

    union all

    select
        'ngsi_ld' as network,
        entity_id as station_code,
        'car_park' as station_kind,
        max(name) as name,
        null as longitude,
        null as latitude,
        null as ags,
        'ngsi_ld__parking' as source_feed
    from {{ ref('stg_ngsi_ld__parking') }}
    group by entity_id
)

select
    stations.network,
    stations.station_code,
    stations.station_kind,
    coalesce(stations.name, decided.name) as name,
    stations.longitude,
    stations.latitude,
    coalesce(stations.ags, decided.ags) as ags,
    stations.source_feed
from stations
left join {{ ref('int_action_fields__place_stations') }} as decided
    on stations.network = decided.network and stations.station_code = decided.station_code
