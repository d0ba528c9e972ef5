select
    ags,
    reference_date,
    residential_buildings,
    buildings_1
from {{ silver('localzero__flats') }}
