-- Wie viele Menschen haben noch kein Gigabit-Internet?
-- Thema: A
-- Schätzung: fehlender Anteil der Haushalte mal Einwohner; `weight_basis` nennt, woher die Einwohnerzahl kommt.
select name, missing_pct, inhabitants_to_reach_estimate, weight_basis
from mart_connectivity_gap
where
    technology = 'all'
    and min_download_mbit_s = 1000
    and level = 'city'
    and reference_date = (select max(reference_date) from mart_connectivity_gap)
order by inhabitants_to_reach_estimate desc nulls last, name
