with reports as (
    select
        *,
        max(period) over (partition by ags) as latest_period,
        row_number() over (partition by ags, body_id order by period desc) as age
    from {{ ref('stg_vest__body') }}
)

select
    concat(body.ags, '/', body.body_id) as body_key,
    body.ags,
    {{ administration_name('body.ags', 'city.name') }} as name,
    body.body_id,
    body.body_name,
    body.kind,
    body.reach,
    body.tasks,
    body.covers_egovernment,
    {{ listed('body.action_fields') }} as action_fields,
    {{ listed('body.participating_ags') }} as member_ags,
    body.chair_function,
    body.basis,
    body.founded_on,
    body.involved_since,
    body.ended_on,
    body.period,
    body.period = body.latest_period as is_latest,
    body.period = body.latest_period and coalesce(body.ended_on > {{ period_end('body.period') }}, true) as is_active,
    body.meetings,
    body.members,
    body.fictitious
from reports as body
left join {{ ref('dim_municipality') }} as city on body.ags = city.ags
where body.age = 1
