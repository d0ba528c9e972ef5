-- Was sagen die Kennzahlen zu Klima und Umwelt in der Region?
-- Thema: C
-- Jüngster Wert je Kennzahl und Gebiet, mit Abdeckung.
select indicator_de, area_name, period_start, value, unit, coverage_pct
from (
    select
        *,
        row_number() over (
            partition by field, indicator, area_kind, area_code, period_kind, source_feed order by period_start desc
        ) as newest
    from mart_field_indicator
    where field = 'sustainability_climate' and region_relation = 'region'
) as ranked
where newest = 1
order by indicator_de, area_name, period_start, source_feed
