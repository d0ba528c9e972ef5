select
    ags,
    period,
    own_share_id,
    approval_id,
    budget_year,
    budget_line_id,
    kind,
    planned_eur,
    bound_eur,
    spent_eur,
    basis,
    fictitious
from {{ silver('vest__own_share') }}
