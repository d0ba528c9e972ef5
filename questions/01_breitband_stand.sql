-- Wie viele Haushalte erreicht schnelles Internet in jeder Stadt?
-- Thema: A
-- Anteil der Haushalte mit mindestens 1.000 Mbit/s über alle Techniken, zum jüngsten Stichtag. Die Zeile des
-- Kreises ist nach Einwohnern gewichtet.
-- Diagramm: name, households_pct
select name, reference_date, households_pct, definition_version
from mart_connectivity
where
    technology = 'all'
    and min_download_mbit_s = 1000
    and reference_date = (select max(reference_date) from mart_connectivity)
order by level, households_pct desc, name
