with cells as (
    select
        city.ags as seat_ags,
        city.name as seat_name,
        grants.approval_year,
        count(*) as grant_count,
        sum(grants.amount_eur) as amount_eur,
        count(distinct grants.beneficiary) < 3 as is_suppressed
    from {{ ref('int_funding__match_seat') }} as grants
    inner join {{ ref('dim_municipality') }} as city on grants.seat_ags = city.ags
    where city.is_vest
    group by city.ags, city.name, grants.approval_year
)

select
    seat_ags,
    seat_name,
    approval_year,
    grant_count,
    amount_eur,
    case when not is_suppressed then grant_count end as published_grant_count,
    case when not is_suppressed then amount_eur end as published_amount_eur,
    is_suppressed
from cells
