-- Welche OZG-Leistungen fehlen nur in einer Stadt?
-- Thema: B1
-- Nur jüngstes Halbjahr; wer schweigt, gilt nicht als fehlend und steht daneben.
-- Spalten: missing_in = Fehlt in
select service_name, array_to_string(missing_names, ', ') as missing_in, cities_online, cities_silent, inhabitants_affected
from mart_ozg_last_mile
where is_latest and cities_missing = 1
order by inhabitants_affected desc nulls last, leika_key
