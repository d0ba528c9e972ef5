with editions as (
    select
        *,
        min(territorial_status_date) over (partition by ags) as valid_from,
        max(territorial_status_date) over (partition by ags) as last_status_date,
        -- the edition after that of the row, whatever municipalities are in it
        min(territorial_status_date) over (
            order by territorial_status_date
            range between 1 following and unbounded following
        ) as next_status_date
    from {{ ref('stg_gvisys__municipality') }}
    where record_type = '60'
)

select
    ags,
    ars,
    substring_index(name, ',', 1) as name,
    name as official_name,
    left(ags, 2) as land_ags,
    left(ags, 5) as kreis_ags,
    left(ags, 5) = '{{ var("kreis_ags") }}' as is_vest,
    area_km2,
    inhabitants,
    inhabitants_male,
    inhabitants_female,
    inhabitants_date,
    postcode,
    longitude,
    latitude,
    urbanisation_code,
    urbanisation,
    territorial_status_date,
    valid_from,
    next_status_date as valid_until,
    next_status_date is null as is_current
from editions
where territorial_status_date = last_status_date
