select
    city.ags,
    city.name,
    city.inhabitants,
    city.inhabitants_date,
    coverage.technology,
    coverage.min_download_mbit_s,
    coverage.reference_date,
    coverage.definition_version,
    coverage.is_series_break,
    coverage.households_pct
from {{ ref('fct_broadband_coverage') }} as coverage
inner join {{ ref('dim_municipality') }} as city on coverage.ags = city.ags
where city.is_vest
