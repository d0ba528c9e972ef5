-- A share for the Kreis is given only where every one of its cities has one.
select
    technology,
    min_download_mbit_s,
    reference_date,
    definition_version,
    bool_or(is_series_break) as is_series_break,
    case
        when count(households_pct) = (select count(*) from {{ ref('dim_municipality') }} where is_vest)
            then round({{ weighted_mean('households_pct', 'inhabitants') }}, 2)
    end as households_pct,
    concat('inhabitants ', date_format(max(inhabitants_date), 'yyyy-MM-dd')) as weight_basis
from {{ ref('int_connectivity__join_cities') }}
group by technology, min_download_mbit_s, reference_date, definition_version
