-- Wie weit ist die Strategie in jedem Handlungsfeld?
-- Thema: C
-- Maßnahmen und Meilensteine nach dem jüngsten Bericht jeder Verwaltung.
-- Spalten: measures = Maßnahmen; milestones = Meilensteine; reached = Erreicht; overdue = Überfällig; citable = Belegt
-- Codes: action_field = vest__measure.action_field
-- Diagramm: action_field, milestones
select
    action_field,
    count(*) as measures,
    sum(milestones_total) as milestones,
    sum(milestones_reached) as reached,
    sum(milestones_overdue) as overdue,
    sum(case when is_citable then 1 else 0 end) as citable
from mart_strategy
group by action_field
order by action_field
