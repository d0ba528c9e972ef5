select
    'turnout' as indicator,
    'constituency' as area_kind,
    area_number as area_code,
    area_name,
    null as station_network,
    election_date as period_start,
    share_pct as value,
    case when share_pct is null then 0 else 1 end as values_counted,
    1 as values_expected,
    null as implausible,
    'bundeswahlleiterin__turnout' as source_feed
from {{ ref('stg_bundeswahlleiterin__turnout') }}
where measure = 'voters' and area_type = 'Wahlkreis' and election_type = 'BT'

union all

-- The list holds addresses and no results.
select
    'election_result_pages' as indicator,
    'district' as area_kind,
    '{{ var("kreis_ags") }}' as area_code,
    '{{ var("kreis_name") }}' as area_name,
    null as station_network,
    {{ local_date('max(fetched_at)') }} as period_start,
    count(distinct case when address_check = 'own' then ags end) as value,
    count(distinct ags) as values_counted,
    null as values_expected,
    null as implausible,
    'wahlen__result_site' as source_feed
from {{ ref('stg_wahlen__result_site') }}
where left(ags, 5) = '{{ var("kreis_ags") }}'
having count(*) > 0
