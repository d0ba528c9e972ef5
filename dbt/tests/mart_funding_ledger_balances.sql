-- To the cent, an approval has drawn what its payments took from the grant, its own shares are what it provides for, and
-- they are spent by its payments.
-- One administration's error must not hold back the figures of all others, so it is told and stops nothing.
{{ config(
    severity='warn',
    meta={'sentence_de':
        'Auf den Cent genau ist abgerufen, was die Zahlungen einer Bewilligung der Förderung entnahmen; ihre '
        ~ 'Eigenanteile sind so hoch geplant, wie sie es vorsieht, und so hoch ausgegeben, wie es die Zahlungen sagen.'
    }
) }}

with shares as (
    select
        ags,
        approval_id,
        sum(planned_eur) as planned_eur,
        sum(spent_eur) as spent_eur
    from {{ ref('mart_own_share') }}
    group by ags, approval_id
)

select
    ledger.ags,
    ledger.name as administration,
    ledger.period,
    ledger.approval_id,
    ledger.drawn_eur,
    ledger.paid_grant_eur,
    ledger.own_share_eur,
    coalesce(shares.planned_eur, 0) as own_shares_planned_eur,
    ledger.paid_own_share_eur,
    coalesce(shares.spent_eur, 0) as own_shares_spent_eur
from {{ ref('mart_funding_ledger') }} as ledger
left join shares on ledger.ags = shares.ags and ledger.approval_id = shares.approval_id
where
    ledger.drawn_eur <> ledger.paid_grant_eur
    or ledger.own_share_eur <> coalesce(shares.planned_eur, 0)
    or ledger.paid_own_share_eur <> coalesce(shares.spent_eur, 0)
