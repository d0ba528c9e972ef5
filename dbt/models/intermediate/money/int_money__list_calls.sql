-- The newest ledger of an administration is that of its newest calls: without a call there is no application and no
-- approval, and approvals that a later workbook does not list any more must not stand on.
with ledgers as (
    select
        ags,
        period,
        call_id,
        title,
        programme,
        funding_source,
        action_field,
        published_on,
        closes_on,
        max_funding_rate_pct,
        max_grant_eur,
        decision,
        reason,
        url,
        fictitious,
        max(period) over (partition by ags) as newest_period
    from {{ ref('stg_vest__call') }}
)

select
    ledgers.ags,
    coalesce(city.name, '{{ var("kreis_name") }}') as name,
    ledgers.period,
    {{ period_end('ledgers.period') }} as as_of_date,
    ledgers.call_id,
    ledgers.title,
    ledgers.programme,
    ledgers.funding_source,
    ledgers.action_field,
    ledgers.published_on,
    ledgers.closes_on,
    ledgers.max_funding_rate_pct,
    ledgers.max_grant_eur,
    ledgers.decision,
    ledgers.reason,
    ledgers.url,
    ledgers.fictitious
from ledgers
left join {{ ref('dim_municipality') }} as city on ledgers.ags = city.ags
where ledgers.period = ledgers.newest_period
