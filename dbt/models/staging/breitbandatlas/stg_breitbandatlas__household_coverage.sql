select
    ags,
    technology,
    min_download_mbit_s,
    reference_date,
    households_pct,
    definition_version
from {{ silver('breitbandatlas__household_coverage') }}
