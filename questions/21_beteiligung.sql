-- Was wurde aus den Anliegen der Beteiligung?
-- Thema: F
-- Formate, Beiträge und wie oft es eine Rückmeldung gab.
-- Spalten: formats = Formate; with_feedback = Mit Rückmeldung
-- Spalten: mean_days_to_feedback = Mittlere Tage bis zur Rückmeldung
-- Codes: format = vest__participation.format
select
    format,
    count(*) as formats,
    sum(participants) as participants,
    sum(contributions) as contributions,
    sum(case when has_feedback then 1 else 0 end) as with_feedback,
    avg(days_to_feedback) as mean_days_to_feedback
from mart_participation
group by format
order by formats desc, format
