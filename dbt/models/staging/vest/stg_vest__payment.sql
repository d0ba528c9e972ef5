select
    ags,
    period,
    payment_id,
    approval_id,
    performed_on,
    cost_eur,
    grant_eur,
    own_share_eur,
    third_party_eur,
    fictitious
from {{ silver('vest__payment') }}
