with known as (
    select
        service.leika_key,
        'catalogue' as source,
        3 as priority,
        nullif('', '') as period,
        service.service_name,
        bundle.ozg_id,
        bundle.bundle_name as ozg_name,
        situation.situation_name,
        subject.subject_name,
        service.leika_type,
        false as fictitious
    from {{ ref('stg_ozg_nrw__service') }} as service
    left join {{ ref('stg_ozg_nrw__service_system') }} as bundle on service.service_system_id = bundle.service_system_id
    left join {{ ref('stg_ozg_nrw__situation') }} as situation on bundle.situation_id = situation.situation_id
    left join {{ ref('stg_ozg_nrw__subject') }} as subject on situation.subject_id = subject.subject_id
    where service.leika_key_kind = 'ok'

    union all

    select
        leika_key,
        'dashboard' as source,
        2 as priority,
        null as period,
        coalesce(leika_designation, leika_name) as service_name,
        ozg_id,
        ozg_name,
        null as situation_name,
        null as subject_name,
        null as leika_type,
        false as fictitious
    from {{ ref('stg_ozg_dashboard__service_status') }}

    union all

    select
        leika_key,
        'self_report' as source,
        1 as priority,
        period,
        service_name,
        null as ozg_id,
        null as ozg_name,
        null as situation_name,
        null as subject_name,
        null as leika_type,
        fictitious
    from {{ ref('stg_vest__ozg_self_report') }}
),

-- The newest name of a source; the last in the alphabet where administrations differ, so that it is always the same.
gathered as (
    select
        leika_key,
        max(struct(priority, period, service_name)) filter (where service_name is not null) as best_name,
        max(struct(priority, ozg_id, ozg_name)) filter (where ozg_id is not null) as bundle,
        max(struct(period, service_name)) filter (where source = 'self_report') as reported,
        max(service_name) filter (where source = 'dashboard') as dashboard_name,
        max(situation_name) as situation_name,
        max(subject_name) as subject_name,
        max(leika_type) as leika_type,
        bool_or(source = 'catalogue') as is_in_catalogue,
        bool_or(source = 'dashboard') as is_in_dashboard,
        bool_or(source = 'self_report') as is_in_self_report,
        bool_or(fictitious) as fictitious
    from known
    group by leika_key
)

select
    leika_key,
    best_name.service_name,
    dashboard_name,
    reported.service_name as reported_name,
    bundle.ozg_id,
    bundle.ozg_name,
    situation_name,
    subject_name,
    leika_type,
    is_in_catalogue,
    is_in_dashboard,
    is_in_self_report,
    fictitious
from gathered
