-- Names of municipalities are unique within the Land, not within Germany ("Marl"), so nothing outside it is listed.
-- The aliases are no dbt seed: dbt-spark drops and refills its table, which at a fixed location keeps the old rows.
with aliases as (
    select 'Haltern' as place, '05562016' as ags
)

select name as place, ags, 'exact' as match_kind
from {{ ref('dim_municipality') }}
where land_ags = '{{ var("land_ags") }}'

union all

select place, ags, 'alias' as match_kind
from aliases
