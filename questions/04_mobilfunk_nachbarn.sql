-- Wie viel Fläche erreicht 5G im Kreis, verglichen mit dem Rest von NRW?
-- Thema: A
-- Fläche, nicht Haushalte: ein Wald zählt so viel wie eine Stadt. Je Art der Fläche zum jüngsten Stichtag.
-- Spalten: kreis_area_pct = Kreis (Prozent der Fläche); others_area_pct = Übriges NRW (Prozent der Fläche)
-- Spalten: others = Verglichene Gebiete
select
    area_kind,
    max(case when is_vest then area_pct end) as kreis_area_pct,
    avg(case when not is_vest then area_pct end) as others_area_pct,
    sum(case when is_vest then 0 else 1 end) as others
from mart_mobile_coverage
where generation = '5g' and reference_date = (select max(reference_date) from mart_mobile_coverage)
group by area_kind
order by area_kind
