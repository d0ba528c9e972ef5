select
    district,
    observed_on,
    quantity,
    value,
    plausibility
from {{ silver('bayernwerk__energy_day') }}
