select
    ags,
    period,
    training,
    target_group,
    topic,
    inter_municipal,
    partner_ags,
    sessions,
    places,
    participants,
    hours_per_participant,
    fictitious
from {{ silver('vest__training') }}
