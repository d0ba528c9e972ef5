select
    meeting_id,
    meeting_name,
    started_at,
    agenda_results
from {{ silver('oparl__meeting') }}
