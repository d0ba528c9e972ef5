-- Welche neuen Aufgaben weichen vom digitalen Standard ab, ohne dass ein Gesetz es verlangt?
-- Thema: B4
-- Jüngste Prüfung je Aufgabe; nur ein rechtliches Hindernis entschuldigt eine Abweichung.
select name, title, checked_on, responsible_unit, violation_de
from mart_egov_check
where is_latest and is_violation
order by name, title
