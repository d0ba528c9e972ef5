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
    territorial_status_date
from {{ ref('stg_gvisys__municipality') }}
where record_type = '60'
