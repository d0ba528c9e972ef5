with reports as (
    select
        *,
        max(period) over (partition by ags) as latest_period,
        row_number() over (partition by ags, project_id order by period desc) as age
    from {{ ref('stg_vest__project') }}
),

projects as (
    select
        *,
        {{ period_end('latest_period') }} as as_of_date,
        concat(ags, '/', body_id) as body_key
    from reports
    where age = 1
)

select
    project.ags,
    {{ administration_name('project.ags', 'city.name') }} as name,
    project.project_id,
    project.latest_period as period,
    project.as_of_date,
    project.period = project.latest_period as is_reported,
    project.title,
    project.kind,
    project.action_field,
    project.goal,
    project.lead_function,
    {{ listed('project.participating_ags') }} as participating_ags,
    project.body_key,
    body.body_name,
    project.measure,
    plan.title as measure_title,
    case when project.measure is not null then plan.measure is not null end as is_measure_known,
    project.begins_on,
    project.ends_on,
    coalesce(
        project.ends_on < project.as_of_date and project.status not in ('in_operation', 'completed', 'stopped'), false
    ) as is_overdue,
    project.cost_eur,
    project.status,
    project.status_since,
    project.status_note,
    project.decision,
    project.decided_by,
    project.decided_on,
    project.decision_paper,
    project.climate_note,
    project.climate_reason,
    project.fictitious
from projects as project
left join {{ ref('dim_municipality') }} as city on project.ags = city.ags
left join {{ ref('dim_body') }} as body on project.body_key = body.body_key
left join {{ ref('mart_strategy') }} as plan on project.ags = plan.ags and project.measure = plan.measure
