-- The cities that a list names, weighted by its inhabitants, from the date of these on until those of the next list; the
-- oldest list also before.
with weights as (
    select
        ags,
        inhabitants,
        inhabitants_date,
        count(*) over (partition by inhabitants_date) as cities,
        min(inhabitants_date) over () as first_date,
        min(inhabitants_date) over (
            order by inhabitants_date
            range between 1 following and unbounded following
        ) as next_date
    from {{ ref('fct_inhabitants') }}
    where level = 'municipality' and kreis_ags = '{{ var("kreis_ags") }}' and is_additive
)

select
    city.ags,
    city.name,
    weights.inhabitants,
    weights.inhabitants_date,
    weights.cities,
    coverage.technology,
    coverage.min_download_mbit_s,
    coverage.reference_date,
    coverage.definition_version,
    coverage.is_series_break,
    coverage.households_pct
from {{ ref('fct_broadband_coverage') }} as coverage
inner join weights
    on
        coverage.ags = weights.ags
        and (coverage.reference_date >= weights.inhabitants_date or weights.inhabitants_date = weights.first_date)
        and (coverage.reference_date < weights.next_date or weights.next_date is null)
inner join {{ ref('dim_municipality') }} as city on coverage.ags = city.ags
