-- Für welche Leistungen betreiben die Städte verschiedene Produkte?
-- Thema: B1
-- Kandidaten für eine gemeinsame Beschaffung.
-- Spalten: used_by = Genutzt von
select service_name, tools_for_service, tool, array_to_string(users_names, ', ') as used_by
from mart_ozg_software
where is_latest and is_doubled and kind = 'product'
order by tools_for_service desc, leika_key, tool
