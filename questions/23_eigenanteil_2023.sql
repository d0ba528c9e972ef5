-- Was ist aus der einen Million Euro Eigenanteile von 2023 geworden?
-- Thema: money
-- Geplant, gebunden, ausgegeben und frei, je Handlungsfeld.
-- Codes: action_field = vest__measure.action_field
-- Diagramm: action_field, planned_eur
select
    action_field,
    sum(planned_eur) as planned_eur,
    sum(bound_eur) as bound_eur,
    sum(spent_eur) as spent_eur,
    sum(free_eur) as free_eur
from mart_own_share
where budget_year = 2023
group by action_field
order by planned_eur desc nulls last, action_field
