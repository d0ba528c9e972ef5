select
    ags,
    period,
    trend_id,
    title,
    summary,
    action_fields,
    observed_since,
    relevance,
    horizon,
    handling,
    conclusion,
    reviewed_on,
    next_review_on,
    fictitious
from {{ silver('vest__trend') }}
