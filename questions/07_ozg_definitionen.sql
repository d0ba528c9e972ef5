-- Wie weit ist die Region beim Onlinezugangsgesetz, je nachdem wie man zählt?
-- Thema: B1
-- Jede Definition hat ihren Zähler und ihren Nenner; keine ist die einzig richtige.
select definition_de, source, period, unit, numerator, denominator, pct
from mart_ozg_progress
where ags = '05562' and is_latest
order by definition, source, unit
