-- To the cent, a line of the own share pool is bound and spent by the own shares out of it, another line by no less than
-- those; and what an own share comes out of is planned.
-- One administration's error must not hold back the figures of all others, so it is told and stops nothing.
{{ config(
    severity='warn',
    meta={'sentence_de':
        'Auf den Cent genau ist eine Haushaltszeile für Eigenanteile durch diese gebunden und ausgegeben, jede andere '
        ~ 'mindestens in deren Höhe, und jede Zeile, aus der ein Eigenanteil kommt, ist geplant.'
    }
) }}

with shares as (
    select
        ags,
        budget_line_id,
        budget_year,
        max(name) as name,
        sum(bound_eur) as bound_eur,
        sum(spent_eur) as spent_eur
    from {{ ref('mart_own_share') }}
    where budget_line_id is not null
    group by ags, budget_line_id, budget_year
)

select
    ags,
    coalesce(line.name, shares.name) as administration,
    budget_line_id,
    budget_year,
    line.programme,
    line.bound_eur,
    coalesce(shares.bound_eur, 0) as own_shares_bound_eur,
    line.spent_eur,
    coalesce(shares.spent_eur, 0) as own_shares_spent_eur
from {{ ref('mart_zire') }} as line
full outer join shares using (ags, budget_line_id, budget_year)
where
    line.programme is null
    or line.bound_eur < coalesce(shares.bound_eur, 0)
    or line.spent_eur < coalesce(shares.spent_eur, 0)
    or (
        line.programme = 'own_share_pool'
        and (line.bound_eur <> coalesce(shares.bound_eur, 0) or line.spent_eur <> coalesce(shares.spent_eur, 0))
    )
