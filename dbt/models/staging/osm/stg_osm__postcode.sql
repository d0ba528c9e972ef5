select
    postcode,
    ags
from {{ silver('osm__postcode') }}
