select
    ags,
    period,
    leika_key,
    service_name,
    as_of_date,
    responsible,
    online,
    online_url,
    maturity_model,
    maturity,
    processed_digitally,
    portal,
    software_product,
    software_shared_with,
    fictitious
from {{ silver('vest__ozg_self_report') }}
