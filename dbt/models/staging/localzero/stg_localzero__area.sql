select
    ags,
    reference_date,
    area_ha,
    settlement_ha,
    traffic_ha,
    settlement_commerce_ha
from {{ silver('localzero__area') }}
