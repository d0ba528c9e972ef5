select
    ags,
    reference_date,
    buildings,
    buildings_district_heating
from {{ silver('localzero__buildings') }}
