select
    dataset_iri,
    title,
    publisher,
    contributor,
    licences,
    formats,
    distribution_count,
    modified_at
from {{ silver('dcat__dataset') }}
