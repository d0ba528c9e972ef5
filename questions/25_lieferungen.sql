-- Wer schuldet welche Arbeitsmappe?
-- Thema: quality
-- Fällige, die noch nicht gekommen sind, und auf wen sie warten.
select name, workbook_title, period, due_on, days_late, waits_for_de
from mart_supplier_scorecard
where not is_delivered
order by due_on, name, workbook_title
