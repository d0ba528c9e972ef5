-- What is missing in the Kreis is the sum of what is missing in its cities, and it is known where it is known of all of them.
-- And every gap is what mart_connectivity leaves to 100.
{{ config(
    meta={'sentence_de':
        'Wie viele Menschen im Kreis noch zu erreichen sind, ist die Summe über seine Städte, und jeder Abstand '
        ~ 'ergibt mit der erreichten Versorgung zusammen 100 Prozent.'
    }
) }}

with gaps as (
    select
        gap.*,
        coverage.households_pct
    from {{ ref('mart_connectivity_gap') }} as gap
    full outer join {{ ref('mart_connectivity') }} as coverage
        using (ags, technology, min_download_mbit_s, reference_date)
)

select
    technology,
    min_download_mbit_s,
    reference_date
from gaps
group by technology, min_download_mbit_s, reference_date
having
    count_if(level is null or not missing_pct <=> 100 - households_pct) > 0
    or not sum(case when level = 'district' then inhabitants_to_reach_estimate end) <=> case
        when count_if(level = 'city' and inhabitants_to_reach_estimate is null) = 0
            then sum(case when level = 'city' then inhabitants_to_reach_estimate end)
    end
