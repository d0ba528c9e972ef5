select
    record_type,
    ars,
    ags,
    name,
    area_km2,
    inhabitants,
    inhabitants_male,
    inhabitants_female,
    postcode,
    longitude,
    latitude,
    urbanisation_code,
    urbanisation,
    territorial_status_date,
    inhabitants_date
from {{ silver('gvisys__municipality') }}
