with entries as (
    select
        ags,
        period,
        'role' as kind,
        role_id as entry_id,
        role,
        case when action_field is not null then array(action_field) end as action_fields,
        function_title,
        unit,
        responsibility,
        reports_to,
        body_id,
        null as body_name,
        null as body_kind,
        null as reach,
        null as covers_egovernment,
        null as member_ags,
        working_time_pct,
        status,
        named_on as since,
        null as ended_on,
        null as meetings,
        null as members,
        fictitious
    from {{ ref('stg_vest__role') }}

    union all

    select
        ags,
        period,
        'body' as kind,
        body_id as entry_id,
        null as role,
        {{ listed('action_fields') }} as action_fields,
        chair_function as function_title,
        null as unit,
        tasks as responsibility,
        null as reports_to,
        body_id,
        body_name,
        kind as body_kind,
        reach,
        covers_egovernment,
        {{ listed('participating_ags') }} as member_ags,
        null as working_time_pct,
        case when ended_on <= {{ period_end('period') }} then 'ended' else 'active' end as status,
        involved_since as since,
        ended_on,
        meetings,
        members,
        fictitious
    from {{ ref('stg_vest__body') }}
),

-- a role takes name and kind of its body, and every row what holds of its administration
joined as (
    select
        *,
        max(body_name) over (partition by ags, period, body_id) as its_body_name,
        max(body_kind) over (partition by ags, period, body_id) as its_body_kind,
        count_if(kind = 'role') over (partition by ags, period, body_id) as roles_of_body,
        count_if(role = 'cdo') over (partition by ags, period) as cdos,
        max(period) over (partition by ags) as latest_period
    from entries
)

select
    entry.ags,
    {{ administration_name('entry.ags', 'city.name') }} as name,
    entry.period,
    {{ period_end('entry.period') }} as as_of_date,
    entry.period = entry.latest_period as is_latest,
    entry.kind,
    entry.entry_id,
    entry.role,
    entry.action_fields,
    entry.function_title,
    entry.unit,
    entry.responsibility,
    entry.reports_to,
    concat(entry.ags, '/', entry.body_id) as body_key,
    case when entry.body_id is not null then entry.its_body_name end as body_name,
    case when entry.body_id is not null then entry.its_body_kind end as body_kind,
    entry.reach,
    entry.covers_egovernment,
    entry.member_ags,
    entry.meetings,
    entry.members,
    case when entry.kind = 'body' then entry.roles_of_body end as roles_of_body,
    entry.working_time_pct,
    entry.status,
    entry.since,
    entry.ended_on,
    entry.status = 'vacant' as is_vacant,
    entry.cdos,
    entry.fictitious
from joined as entry
left join {{ ref('dim_municipality') }} as city on entry.ags = city.ags
