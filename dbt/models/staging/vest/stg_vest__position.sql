select
    ags,
    period,
    position_id,
    title,
    unit,
    purpose,
    plan_year,
    permanent,
    limited_until,
    planned_fte,
    filled_fte,
    vacant_since,
    funded_by,
    basis,
    fictitious
from {{ silver('vest__position') }}
