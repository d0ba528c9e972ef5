-- Wie hat sich schnelles Internet im Kreis entwickelt, und wo bricht die Reihe?
-- Thema: A
-- Anteile vor und nach einem Bruch sind nicht vergleichbar.
select reference_date, households_pct, definition_version, is_series_break
from mart_connectivity
where ags = '05562' and technology = 'all' and min_download_mbit_s = 100
order by reference_date
