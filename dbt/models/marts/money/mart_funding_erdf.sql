with cells as (
    select
        coalesce(ags, 'none') as place_key,
        ags,
        coalesce(area_level, 'none') as area_level,
        coalesce(left(ags, 5) = '{{ var("kreis_ags") }}', false) as is_vest,
        intervention_code,
        min(intervention) as intervention,
        year(start_date) as start_year,
        count(*) as project_count,
        sum(eligible_investment_eur) as eligible_investment_eur,
        min(start_date) as first_start_date,
        max(end_date) as last_end_date
    from {{ ref('stg_erdf_nrw__project') }}
    group by ags, area_level, intervention_code, year(start_date)
)

select
    'EFRE Nordrhein-Westfalen 2014-2020' as programme,
    cells.place_key,
    cells.ags,
    cells.area_level,
    coalesce(city.name, case when cells.ags = '{{ var("kreis_ags") }}000' then '{{ var("kreis_name") }}' end) as name,
    cells.is_vest,
    cells.intervention_code,
    cells.intervention,
    cells.start_year,
    cells.project_count,
    cells.eligible_investment_eur,
    cells.first_start_date,
    cells.last_end_date
from cells
left join {{ ref('dim_municipality') }} as city on cells.ags = city.ags
