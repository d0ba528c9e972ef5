-- The recorded decisions: spellings that sources use for a municipality besides its official name, each with the reason
-- why its meaning is certain and where that can be read. A spelling that fits two municipalities of a Land does not
-- belong here.
-- No dbt seed: dbt-spark drops and refills a seed's table, which at a fixed location keeps the old rows.
select
    'Haltern' as place,
    '05562016' as ags,
    'official name until 2001, when the city was renamed Haltern am See' as reason,
    'https://de.wikipedia.org/wiki/Haltern_am_See' as reference,
    '2026-11-22' as decided_on
