with numbered as (
    select
        *,
        -- an offer for two groups stands in two rows; counted once, it is one
        row_number() over (partition by ags, period, training order by target_group) as row_of_offer
    from {{ ref('stg_vest__training') }}
)

select
    offer.ags,
    {{ administration_name('offer.ags', 'city.name') }} as name,
    offer.period,
    offer.period = max(offer.period) over (partition by offer.ags) as is_latest,
    offer.target_group,
    offer.topic,
    count(*) as offers,
    count_if(offer.row_of_offer = 1) as offers_counted_once,
    count_if(offer.inter_municipal) as inter_municipal_offers,
    {{ percent('count_if(offer.inter_municipal)', 'count(*)') }} as inter_municipal_pct,
    array_sort(array_distinct(flatten(collect_list({{ listed('offer.partner_ags') }})))) as partner_ags,
    sum(offer.sessions) as sessions,
    sum(offer.places) as places,
    sum(offer.participants) as participants,
    {{ percent('sum(offer.participants)', 'sum(offer.places)') }} as utilisation_pct,
    sum(offer.participants * offer.hours_per_participant) as participant_hours,
    bool_or(offer.fictitious) as fictitious
from numbered as offer
left join {{ ref('dim_municipality') }} as city on offer.ags = city.ags
group by offer.ags, city.name, offer.period, offer.target_group, offer.topic
