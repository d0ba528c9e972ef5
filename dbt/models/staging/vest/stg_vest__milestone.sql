select
    ags,
    period,
    measure,
    milestone,
    title,
    first_due_on,
    due_on,
    status,
    status_since,
    reached_on,
    status_reason,
    fictitious
from {{ silver('vest__milestone') }}
