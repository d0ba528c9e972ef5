-- Wo widersprechen sich Selbstauskunft und Dashboard?
-- Thema: B1
-- Anzahl je Verwaltung und Art des Widerspruchs.
-- Spalten: services = Leistungen
select name, verdict, count(*) as services
from mart_ozg_disagreement
where is_disagreement
group by name, verdict
order by services desc, name, verdict
