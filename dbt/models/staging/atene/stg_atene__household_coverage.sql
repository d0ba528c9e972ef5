select
    ags,
    technology,
    min_download_mbit_s,
    reference_date,
    households_pct,
    definition_version
from {{ silver('atene__household_coverage') }}
