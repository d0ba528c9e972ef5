select
    ags,
    period,
    task,
    title,
    kind,
    action_field,
    responsible_unit,
    checked_on,
    result,
    deviation_reason,
    legal_provision,
    review_on,
    fictitious
from {{ silver('vest__egov_check') }}
