select
    ags,
    technology,
    area_kind,
    area_group,
    area_pct,
    reference_date,
    definition_version
from {{ silver('breitbandatlas__mobile_coverage') }}
