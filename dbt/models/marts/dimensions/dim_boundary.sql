select
    ags,
    name,
    left(ags, 5) = '{{ var("kreis_ags") }}' as is_vest,
    territorial_status_date,
    geometry_type,
    geometry
from {{ ref('stg_geo_nrw__boundary') }}
