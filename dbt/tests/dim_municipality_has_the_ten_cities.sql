-- The Kreis has ten cities, each with inhabitants of the same date: they weigh the shares of the Kreis.
select
    count(*) as cities,
    count(inhabitants) as cities_with_inhabitants,
    count(distinct inhabitants_date) as inhabitants_dates
from {{ ref('dim_municipality') }}
where is_vest
having count(*) <> 10 or count(inhabitants) <> 10 or count(distinct inhabitants_date) <> 1
