-- Every grant with its seat in the Kreis is in exactly one cell.
{{ config(
    meta={'sentence_de':
        'Anzahl und Betrag aller Bewilligungen mit Sitz im Kreis sind in der Übersicht nach Städten und Jahren '
        ~ 'dieselben wie in der Einzelliste.'
    }
) }}

with mart as (
    select sum(grant_count) as grants, sum(amount_eur) as amount_eur from {{ ref('mart_funding') }}
),

fact as (
    select count(*) as grants, sum(amount_eur) as amount_eur
    from {{ ref('fct_grant') }}
    where left(seat_ags, 5) = '{{ var("kreis_ags") }}'
)

select *
from mart
cross join fact
where coalesce(mart.grants, 0) <> fact.grants or not mart.amount_eur <=> fact.amount_eur
