select
    ags,
    area_level,
    intervention_code,
    intervention,
    start_date,
    end_date,
    eligible_investment_eur
from {{ silver('erdf_nrw__project') }}
