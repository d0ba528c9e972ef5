-- Welche Leuchttürme lassen sich am ehesten übertragen?
-- Thema: E
-- Übertragbarkeit in Prozent der Punkte, jüngste Sicht jeder Verwaltung.
-- Spalten: seen_by = Beobachtet von
-- Codes: recommendation = vest__lighthouse.recommendation
select title, place, name as seen_by, transferability_pct, recommendation, adopter_count, interested_count
from mart_lighthouse_transfer
where is_latest and transferability_pct is not null
order by transferability_pct desc, lighthouse_id, name
limit 25
