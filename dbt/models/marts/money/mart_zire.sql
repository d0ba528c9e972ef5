with ledgers as (
    select
        ags,
        period,
        budget_line_id,
        budget_year,
        programme,
        purpose,
        action_field,
        planned_eur,
        bound_eur,
        spent_eur,
        basis,
        fictitious,
        max(period) over (partition by ags) as newest_period
    from {{ ref('stg_vest__budget_line') }}
),

shares as (
    select
        ags,
        period,
        budget_line_id,
        budget_year,
        count(*) as own_shares,
        sum(planned_eur) as planned_eur,
        sum(bound_eur) as bound_eur,
        sum(spent_eur) as spent_eur
    from {{ ref('stg_vest__own_share') }}
    group by ags, period, budget_line_id, budget_year
)

select
    line.ags,
    coalesce(city.name, '{{ var("kreis_name") }}') as name,
    line.period,
    {{ period_end('line.period') }} as as_of_date,
    line.budget_line_id,
    line.budget_year,
    line.programme,
    line.purpose,
    line.action_field,
    line.planned_eur,
    line.bound_eur,
    line.spent_eur,
    line.planned_eur - line.bound_eur - line.spent_eur as free_eur,
    {{ percent('line.spent_eur', 'line.planned_eur') }} as spent_pct,
    coalesce(shares.own_shares, 0) as own_shares,
    coalesce(shares.planned_eur, 0) as own_share_planned_eur,
    coalesce(shares.bound_eur, 0) as own_share_bound_eur,
    coalesce(shares.spent_eur, 0) as own_share_spent_eur,
    line.basis,
    line.fictitious
from ledgers as line
left join shares
    on
        line.ags = shares.ags
        and line.period = shares.period
        and line.budget_line_id = shares.budget_line_id
        and line.budget_year = shares.budget_year
left join {{ ref('dim_municipality') }} as city on line.ags = city.ags
where line.period = line.newest_period
