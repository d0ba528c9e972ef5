-- Welcher Anteil neuer Aufgaben ist von Anfang an digital?
-- Thema: B4
-- Jüngste Prüfung je Aufgabe.
-- Spalten: checks = Prüfungen; digital_by_default = Digital; digital_by_default_pct = Digital (Prozent)
-- Diagramm: name, digital_by_default_pct
select
    name,
    count(*) as checks,
    sum(case when is_digital_by_default then 1 else 0 end) as digital_by_default,
    100.0 * sum(case when is_digital_by_default then 1 else 0 end) / count(*) as digital_by_default_pct
from mart_egov_check
where is_latest
group by name
order by digital_by_default_pct desc, name
