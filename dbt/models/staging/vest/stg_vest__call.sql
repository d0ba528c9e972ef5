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
    fictitious
from {{ silver('vest__call') }}
