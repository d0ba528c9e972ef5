with days as (
    select
        district,
        observed_on,
        max(case when quantity = 'consumption' and plausibility = 'plausible' then value end) as consumption_kwh,
        max(case when quantity = 'generation_renewable' and plausibility = 'plausible' then value end) as renewable_kwh,
        count_if(quantity = 'consumption' and plausibility not in ('plausible', 'missing')) as consumption_implausible,
        count_if(plausibility not in ('plausible', 'missing')) as implausible
    from {{ ref('stg_bayernwerk__energy_day') }}
    where quantity in ('consumption', 'generation_renewable')
    group by all
),

months as (
    select
        district,
        trunc(observed_on, 'MONTH') as period_start,
        sum(consumption_kwh) as consumption_kwh,
        {{ percent(
            'sum(case when consumption_kwh is not null then renewable_kwh end)',
            'sum(case when renewable_kwh is not null then consumption_kwh end)'
        ) }} as renewable_pct,
        count(consumption_kwh) as days_consumption,
        count(consumption_kwh + renewable_kwh) as days_both,
        max(day(last_day(observed_on))) as values_expected,
        sum(consumption_implausible) as consumption_implausible,
        sum(implausible) as implausible
    from days
    group by district, trunc(observed_on, 'MONTH')
)

-- The feed names the Kreis and gives no key.
select
    made.indicator,
    'district' as area_kind,
    district as area_code,
    district as area_name,
    null as station_network,
    period_start,
    case made.indicator when 'electricity_consumption' then consumption_kwh else renewable_pct end as value,
    case made.indicator when 'electricity_consumption' then days_consumption else days_both end as values_counted,
    values_expected,
    case made.indicator when 'electricity_consumption' then consumption_implausible else implausible end as implausible,
    'bayernwerk__energy_day' as source_feed
from months
    lateral view explode(array('electricity_consumption', 'electricity_renewable')) made as indicator
