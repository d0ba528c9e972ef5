select
    ags,
    period,
    budget_line_id,
    budget_year,
    programme,
    purpose,
    action_field,
    planned_eur,
    bound_eur,
    spent_eur,
    basis,
    fictitious
from {{ silver('vest__budget_line') }}
