select
    dataset_id,
    publisher_name,
    topic,
    label
from {{ silver('musterdatenkatalog__dataset') }}
