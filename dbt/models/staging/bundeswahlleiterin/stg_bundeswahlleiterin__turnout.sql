select
    election_type,
    election_date,
    area_type,
    area_number,
    area_name,
    measure,
    share_pct
from {{ silver('bundeswahlleiterin__turnout') }}
