select
    ags,
    period,
    target_group,
    competence_area,
    assessed_on,
    method,
    invited,
    respondents,
    level,
    target_level,
    fictitious
from {{ silver('vest__competence') }}
