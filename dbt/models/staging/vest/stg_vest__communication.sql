select
    ags,
    period,
    communication_id,
    title,
    channel,
    published_on,
    brand_used,
    audiences,
    action_fields,
    participating_ags,
    participation_id,
    reach,
    reach_measure,
    url,
    fictitious
from {{ silver('vest__communication') }}
