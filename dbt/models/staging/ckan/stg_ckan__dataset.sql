select
    dataset_id,
    title,
    state,
    private,
    publisher,
    licences,
    formats,
    resource_count,
    modified_at
from {{ silver('ckan__dataset') }}
