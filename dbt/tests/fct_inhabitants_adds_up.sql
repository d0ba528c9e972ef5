-- A Kreis counts the people and the area of its municipalities, each once.
{{ config(
    meta={'sentence_de': 'Einwohnerzahl und Fläche eines Kreises sind die Summe seiner Gemeinden, jede einmal gezählt.'}
) }}

select
    kreis_ags,
    inhabitants_date
from {{ ref('fct_inhabitants') }}
where is_additive
group by kreis_ags, inhabitants_date
having
    not sum(case when level = 'district' then inhabitants end) <=> sum(case when level = 'municipality' then inhabitants end)
    or not sum(case when level = 'district' then area_km2 end) <=> sum(case when level = 'municipality' then area_km2 end)
