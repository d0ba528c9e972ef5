-- Every measure has its ten cities and one Kreis, whose mean lies between the lowest and the highest city.
{{ config(
    meta={'sentence_de':
        'Jede Angabe zur Breitbandversorgung gibt es für alle zehn Städte und einmal für den Kreis, dessen Mittel '
        ~ 'zwischen der niedrigsten und der höchsten Stadt liegt.'
    }
) }}

select
    technology,
    min_download_mbit_s,
    reference_date
from {{ ref('mart_connectivity') }}
group by technology, min_download_mbit_s, reference_date
having
    sum(case when level = 'city' then 1 else 0 end) <> 10
    or sum(case when level = 'district' then 1 else 0 end) <> 1
    or max(case when level = 'district' then households_pct end) < min(case when level = 'city' then households_pct end)
    or max(case when level = 'district' then households_pct end) > max(case when level = 'city' then households_pct end)
