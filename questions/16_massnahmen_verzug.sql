-- Welche Meilensteine sind überfällig, und wie lange?
-- Thema: C
-- Stand des jüngsten Berichts; `slipped_days` sagt, um wie viel der Termin schon verschoben wurde.
select name, measure_title, milestone_title, due_on, overdue_days, slipped_days
from mart_measure_status
where is_latest and is_overdue
order by overdue_days desc, name, measure, milestone
