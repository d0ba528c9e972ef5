-- Every day of the hours is in the mart with as many valid hours and the same maximum, and no other day is.
{{ config(
    meta={'sentence_de':
        'Jeder Tag mit Stundenwerten hat einen Tageswert mit ebenso vielen gültigen Stunden und demselben Höchstwert, '
        ~ 'und Tageswerte ohne Stundenwerte gibt es nicht.'
    }
) }}

with fact as (
    select
        station_code,
        local_date,
        quantity,
        count(case when plausibility = 'plausible' then value end) as hours_valid,
        max(case when plausibility = 'plausible' then value end) as max_ug_m3
    from {{ ref('fct_air_quality_hour') }}
    group by station_code, local_date, quantity
)

select *
from {{ ref('mart_air_quality_daily') }} as mart
full outer join fact using (station_code, local_date, quantity)
where not mart.hours_valid <=> fact.hours_valid or not mart.max_ug_m3 <=> fact.max_ug_m3
