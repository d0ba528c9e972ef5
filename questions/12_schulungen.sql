-- Welche Zielgruppen erreichen die Schulungen, und wie oft gemeinsam?
-- Thema: B3
-- Jüngstes Jahr; gemeinsame Angebote zählen in der Region einmal.
-- Codes: target_group = vest__training.target_group
-- Diagramm: target_group, participants
select
    target_group,
    sum(offers_counted_once) as offers,
    sum(inter_municipal_offers) as inter_municipal_offers,
    sum(places) as places,
    sum(participants) as participants
from mart_training
where is_latest
group by target_group
order by participants desc nulls last, target_group
