-- Postcodes that lie in one municipality only. One that crosses a border says nothing, even if most of it is on one side.
select
    postcode,
    min(ags) as ags
from {{ ref('stg_osm__postcode') }}
group by postcode
having count(distinct ags) = 1
