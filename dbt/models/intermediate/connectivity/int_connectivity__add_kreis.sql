-- A figure for the Kreis is given only where every one of its cities has one.
with cities as (
    select
        *,
        {{ whole('inhabitants * (100 - households_pct) * 0.01') }} as inhabitants_to_reach
    from {{ ref('int_connectivity__join_cities') }}
)

select
    coalesce(ags, '{{ var("kreis_ags") }}') as ags,
    coalesce(name, '{{ var("kreis_name") }}') as name,
    case when grouping(ags) = 1 then 'district' else 'city' end as level,
    technology,
    min_download_mbit_s,
    reference_date,
    definition_version,
    bool_or(is_series_break) as is_series_break,
    case
        when grouping(ags) = 0 then max(households_pct)
        when count(inhabitants_to_reach) = max(cities) then round({{ weighted_mean('households_pct', 'inhabitants') }}, 2)
    end as households_pct,
    case
        when grouping(ags) = 0 or count(inhabitants_to_reach) = max(cities) then sum(inhabitants_to_reach)
    end as inhabitants_to_reach,
    sum(inhabitants) as inhabitants,
    concat('inhabitants ', date_format(max(inhabitants_date), 'yyyy-MM-dd')) as weight_basis
from cities
group by
    grouping sets (
        (ags, name, technology, min_download_mbit_s, reference_date, definition_version),
        (technology, min_download_mbit_s, reference_date, definition_version)
    )
