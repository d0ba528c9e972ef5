-- Wo liegt die digitale Kompetenz am weitesten unter dem Ziel?
-- Thema: B3
-- Punkte bis zum Ziel; kleine Gruppen sind unterdrückt.
-- Codes: target_group = vest__competence.target_group; competence_area = vest__competence.competence_area
select name, target_group, competence_area, level, target_level, distance_to_target, level_change
from mart_competence
where is_latest and not is_suppressed and distance_to_target > 0
order by distance_to_target desc, name, target_group, competence_area
limit 25
