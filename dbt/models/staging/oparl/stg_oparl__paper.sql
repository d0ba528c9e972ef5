select
    paper_id,
    body_id,
    reference,
    paper_type,
    paper_date,
    topics,
    matched_words,
    agenda_items,
    consultation_count,
    under_direction_of,
    originator_organizations
from {{ silver('oparl__paper') }}
