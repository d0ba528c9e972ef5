-- Wie erfolgreich sind unsere Förderanträge?
-- Thema: money
-- Erfolg ist der Anteil der bewilligten an den entschiedenen Anträgen.
-- Spalten: submitted = Gestellt; decided = Entschieden; approved = Bewilligt
-- Codes: action_field = vest__measure.action_field
select
    action_field,
    sum(submitted_count) as submitted,
    sum(decided_count) as decided,
    sum(approved_count) as approved,
    case when sum(decided_count) > 0 then 100.0 * sum(approved_count) / sum(decided_count) end as success_pct,
    sum(approved_eur) as approved_eur
from mart_funding_call
group by action_field
order by approved_eur desc nulls last, action_field
