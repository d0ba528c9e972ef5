-- The Kreis has ten cities today, each with inhabitants of the same date. And no edition lacks a fifth of the municipalities
-- there are: one that came cut off would make the rest look as if they had been merged.
{{ config(
    meta={'sentence_de':
        'Der Kreis hat genau zehn Städte, alle mit Einwohnerzahlen desselben Stichtags, und keiner Ausgabe des '
        ~ 'Gemeindeverzeichnisses fehlt mehr als ein Fünftel der Gemeinden.'
    }
) }}

with cities as (
    select
        count(*) as cities,
        count(inhabitants) as cities_with_inhabitants,
        count(distinct inhabitants_date) as inhabitants_dates
    from {{ ref('dim_municipality') }}
    where is_vest and is_current
    having count(*) <> 10 or count(inhabitants) <> 10 or count(distinct inhabitants_date) <> 1
),

editions as (
    select
        valid_until,
        count(*) as vanished,
        sum(count(*)) over () as known
    from {{ ref('dim_municipality') }}
    group by valid_until
)

select concat('the Kreis has ', cities, ' cities, ', cities_with_inhabitants, ' with inhabitants') as reason
from cities

union all

select concat('the edition of ', valid_until, ' lacks ', vanished, ' of ', known, ' municipalities') as reason
from editions
where valid_until is not null and vanished * 5 > known
