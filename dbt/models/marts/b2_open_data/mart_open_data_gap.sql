{%- set mentions = [{
    'feed': 'musterdatenkatalog__dataset',
    'model': 'stg_musterdatenkatalog__dataset',
    'place': bare_name('publisher_name'),
    'level': 'municipality',
    'land_ags': var('land_ags'),
}] -%}
with places as (
    {{ match_places(mentions) }}
),

-- The catalogue covers Germany and names no Land: a name is certain only if one municipality of Germany bears it.
municipalities as (
    select
        ags,
        name,
        longitude,
        latitude,
        count(*) over (partition by name) = 1 as is_certain
    from {{ ref('dim_municipality') }}
    where is_current
),

publishers as (
    select
        places.place,
        municipalities.is_certain,
        municipalities.ags,
        named_struct(
            'ags', municipalities.ags,
            'name', municipalities.name,
            'longitude', municipalities.longitude,
            'latitude', municipalities.latitude
        ) as municipality
    from places
    inner join municipalities on places.ags = municipalities.ags
),

labels as (
    select
        offers.topic,
        offers.label,
        size(collect_set(offers.publisher_name)) as publisher_count,
        bool_or(offers.publisher_name = '{{ var("kreis_name") }}') as kreis_has_it,
        collect_set(case when publishers.is_certain then publishers.municipality end) as certain,
        collect_set(case when not publishers.is_certain then publishers.ags end) as doubtful
    from {{ ref('stg_musterdatenkatalog__dataset') }} as offers
    left join publishers on {{ bare_name('offers.publisher_name') }} = publishers.place
    group by offers.topic, offers.label
),

-- A degree of longitude is about 0.62 of one of latitude here (51.6 degrees north), enough to say who is nearer.
cells as (
    select
        city.ags,
        city.name,
        labels.topic,
        labels.label,
        case
            when exists(labels.certain, holder -> holder.ags = city.ags) then 'published'
            when array_contains(labels.doubtful, city.ags) then 'uncertain'
            else 'gap'
        end as publication_state,
        labels.kreis_has_it,
        labels.publisher_count,
        array_sort(
            transform(
                filter(labels.certain, holder -> holder.ags <> city.ags),
                holder -> named_struct(
                    'distance',
                    pow((holder.longitude - city.longitude) * 0.62, 2) + pow(holder.latitude - city.latitude, 2),
                    'name',
                    holder.name
                )
            )
        ) as neighbours
    from labels
    cross join (select * from {{ ref('dim_municipality') }} where is_vest) as city
)

select
    ags,
    name,
    topic,
    label,
    publication_state,
    publication_state = 'published' as has_it,
    kreis_has_it,
    publisher_count,
    size(neighbours) as neighbours_with_it,
    transform(slice(neighbours, 1, 3), neighbour -> neighbour.name) as nearest_neighbours,
    case
        when publication_state = 'gap'
            then rank() over (
                partition by ags, publication_state
                order by size(neighbours) desc, publisher_count desc
            )
    end as priority
from cells
