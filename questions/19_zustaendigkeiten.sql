-- Wer ist CDO, und welche Stellen sind unbesetzt?
-- Thema: D
-- Nach Funktion, nie nach Person.
select
    governance.name,
    governance.cdos,
    position.planned_fte,
    position.filled_fte,
    position.vacant_fte
from (
    select ags, name, max(cdos) as cdos
    from mart_governance
    where is_latest
    group by ags, name
) as governance
left join (
    select ags, sum(planned_fte) as planned_fte, sum(filled_fte) as filled_fte, sum(vacant_fte) as vacant_fte
    from mart_position
    where is_latest
    group by ags
) as position using (ags)
order by governance.name
