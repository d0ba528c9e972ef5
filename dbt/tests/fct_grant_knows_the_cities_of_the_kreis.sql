-- A seat that starts like a city of the Kreis but was not found ("Marl-Sinsen"): perhaps an alias is missing, which
-- people have to decide.
{{ config(
    severity='warn',
    meta={'sentence_de':
        'Jeder Sitz, dessen Name wie der einer Stadt des Kreises beginnt, ist einer Gemeinde zugeordnet; wo nicht, '
        ~ 'fehlt vielleicht eine Schreibweise, und das entscheiden Menschen.'
    }
) }}

select distinct grants.seat_place, city.name
from {{ ref('fct_grant') }} as grants
inner join {{ ref('dim_municipality') }} as city
    on startswith(grants.seat_place, city.name) or startswith(city.name, concat(grants.seat_place, ' '))
where grants.match_kind = 'none' and city.is_vest
