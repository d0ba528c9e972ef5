{#- Feeds that name their place, so that one join matches them all. -#}
{%- set feeds = ['bnetza__charging_point', 'unfallatlas__bicycle_accident'] -%}
{%- set mentions = (var('place_mentions') | selectattr('feed', 'in', feeds) | list) + [{
    'feed': 'db_bahnpark__parking', 'model': 'stg_db_bahnpark__parking', 'place': 'city', 'postcode': 'postcode',
    'level': 'municipality', 'land_ags': var('land_ags'),
}] -%}
{%- set figures = {
    'charging_points_added': 'points',
    'charging_points_installed': 'points_until',
    'charging_power_installed': 'power_until',
    'bicycle_accidents': 'records',
    'bicycle_accidents_severe': 'severe',
    'station_parking_spaces': 'points',
} -%}
{%- set prefixes = {
    'bnetza__charging_point': "'charging'",
    'unfallatlas__bicycle_accident': "'bicycle'",
    'db_bahnpark__parking': "'station'",
} -%}
with places as (
    {{ match_places(mentions) }}
),

recorded as (
    select
        'bnetza__charging_point' as feed,
        place,
        postcode,
        trunc(commissioned_on, 'YEAR') as period_start,
        points,
        power_kw,
        0 as severe
    from {{ ref('stg_bnetza__charging_point') }}

    union all

    select
        'unfallatlas__bicycle_accident' as feed,
        district_name as place,
        null as postcode,
        make_date(accident_year, 1, 1) as period_start,
        null as points,
        null as power_kw,
        case when severity_code in ('1', '2') then 1 else 0 end as severe
    from {{ ref('stg_unfallatlas__bicycle_accident') }}

    union all

    select
        'db_bahnpark__parking' as feed,
        city as place,
        postcode,
        {{ local_date('max(fetched_at) over ()') }} as period_start,
        spaces as points,
        null as power_kw,
        0 as severe
    from {{ ref('stg_db_bahnpark__parking') }}
    where not is_out_of_service
),

years as (
    select
        recorded.feed,
        case
            when places.ags is null then 'place'
            when places.level = 'kreis' then 'district'
            else 'municipality'
        end as area_kind,
        coalesce(places.ags, recorded.place) as area_code,
        min(recorded.place) as place,
        recorded.period_start,
        sum(recorded.points) as points,
        sum(recorded.power_kw) as power_kw,
        sum(recorded.severe) as severe,
        count(*) as records
    from recorded
    left join places
        on
            recorded.feed = places.feed
            and recorded.place = places.place
            and recorded.postcode <=> places.postcode
    group by all
),

summed as (
    select
        *,
        sum(points) over (partition by feed, area_kind, area_code order by period_start) as points_until,
        sum(power_kw) over (partition by feed, area_kind, area_code order by period_start) as power_until,
        sum(records) over (partition by feed, area_kind, area_code order by period_start) as records_until
    from years
)

select
    made.indicator,
    area_kind,
    area_code,
    place as area_name,
    null as station_network,
    period_start,
    {{ chosen('made.indicator', figures) }} as value,
    case when made.indicator like '%_installed' then records_until else records end as values_counted,
    null as values_expected,
    null as implausible,
    feed as source_feed
from summed
    lateral view explode(array('{{ figures | join("', '") }}')) made as indicator
where substring_index(made.indicator, '_', 1) = {{ chosen('feed', prefixes) }}
