-- No figure is shown behind which fewer than three beneficiaries stand, and none is withheld without need.
{{ config(
    meta={'sentence_de':
        'Keine Zahl wird gezeigt, hinter der weniger als drei Begünstigte stehen, und keine wird ohne diesen Grund '
        ~ 'zurückgehalten.'
    }
) }}

with cells as (
    select
        seat_ags,
        approval_year,
        count(distinct beneficiary) as beneficiaries
    from {{ ref('int_funding__match_seat') }}
    group by seat_ags, approval_year
)

select *
from {{ ref('mart_funding') }} as mart
left join cells on mart.seat_ags = cells.seat_ags and mart.approval_year = cells.approval_year
where mart.is_suppressed <> (coalesce(cells.beneficiaries, 0) < 3)
