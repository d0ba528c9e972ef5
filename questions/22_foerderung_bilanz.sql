-- Ist jeder Euro Förderung verbucht?
-- Thema: money
-- Bewilligt ist abgerufen und offen und verfallen; `difference_eur` ist 0, wenn es aufgeht.
-- Spalten: approvals = Bewilligungen; difference_eur = Differenz (Euro)
select
    name,
    count(*) as approvals,
    sum(approved_eur) as approved_eur,
    sum(drawn_eur) as drawn_eur,
    sum(open_eur) as open_eur,
    sum(lapsed_eur) as lapsed_eur,
    sum(approved_eur) - sum(drawn_eur) - sum(open_eur) - sum(lapsed_eur) as difference_eur
from mart_funding_ledger
group by name
order by approved_eur desc nulls last, name
