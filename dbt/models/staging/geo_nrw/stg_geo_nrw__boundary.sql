select
    ags,
    name,
    territorial_status_date,
    geometry_type,
    geometry
from {{ silver('geo_nrw__boundary') }}
