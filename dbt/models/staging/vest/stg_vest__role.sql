select
    ags,
    period,
    role_id,
    role,
    action_field,
    function_title,
    unit,
    responsibility,
    reports_to,
    body_id,
    working_time_pct,
    status,
    named_on,
    fictitious
from {{ silver('vest__role') }}
