-- Wie alt sind die offenen Daten, und wie offen sind sie?
-- Thema: B2
-- Je Herausgeber: Datensätze, Anteil maschinenlesbar, mittleres Alter in Tagen.
-- Spalten: datasets = Datensätze; machine_readable_pct = Maschinenlesbar (Prozent)
-- Spalten: mean_age_days = Mittleres Alter (Tage)
select
    publisher,
    count(*) as datasets,
    100.0 * sum(case when is_machine_readable then 1 else 0 end) / count(*) as machine_readable_pct,
    avg(age_days) as mean_age_days
from mart_open_data_inventory
group by publisher
order by datasets desc, publisher
