-- Welche Daten haben die Nachbarn, und wir nicht?
-- Thema: B2
-- Die dringendsten Lücken nach Musterdatenkatalog: was die meisten Nachbarn haben.
-- Spalten: nearest = Nächste Nachbarn
select name, topic, label, neighbours_with_it, array_to_string(nearest_neighbours, ', ') as nearest
from mart_open_data_gap
where not has_it and neighbours_with_it > 0
order by neighbours_with_it desc, topic, label, name
limit 50
