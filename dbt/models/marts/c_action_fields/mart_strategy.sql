with reports as (
    select
        *,
        max(period) over (partition by ags) as latest_period,
        row_number() over (partition by ags, measure order by period desc) as age
    from {{ ref('stg_vest__measure') }}
),

measures as (
    select
        *,
        {{ period_end('latest_period') }} as as_of_date
    from reports
    where age = 1
),

milestones as (
    select
        ags,
        measure,
        count(*) as milestones,
        count_if(status = 'reached') as reached,
        count_if(status = 'dropped') as dropped,
        count_if(is_overdue) as overdue,
        count_if(is_overdue_soon) as overdue_soon,
        count_if(not is_reported) as missing,
        min(due_on) filter (where status not in ('reached', 'dropped') and due_on >= as_of_date) as next_due_on
    from {{ ref('mart_measure_status') }}
    where is_latest
    group by ags, measure
)

select
    plan.ags,
    {{ administration_name('plan.ags', 'city.name') }} as name,
    plan.measure,
    plan.title,
    plan.action_field,
    plan.goal,
    plan.responsible_body,
    {{ listed('plan.participating_ags') }} as participating_ags,
    plan.latest_period as period,
    plan.as_of_date,
    plan.period = plan.latest_period as is_reported,
    plan.begins_on,
    plan.ends_on,
    plan.status,
    plan.status_since,
    coalesce(plan.ends_on < plan.as_of_date and plan.status not in ('completed', 'stopped'), false) as is_overdue,
    coalesce(step.milestones, 0) as milestones_total,
    coalesce(step.reached, 0) as milestones_reached,
    coalesce(step.dropped, 0) as milestones_dropped,
    coalesce(step.overdue, 0) as milestones_overdue,
    coalesce(step.overdue_soon, 0) as milestones_overdue_soon,
    coalesce(step.missing, 0) as milestones_missing,
    {{ percent('step.reached', '(step.milestones - step.dropped)') }} as milestones_reached_pct,
    step.next_due_on,
    plan.funding_basis,
    plan.funding_source,
    plan.funding_source_on,
    plan.funding_basis <> 'open'
    and plan.status <> 'stopped'
    and coalesce(plan.funding_source_on <= plan.as_of_date, false) as is_citable,
    plan.climate_note,
    plan.climate_reason,
    plan.fictitious
from measures as plan
left join milestones as step on plan.ags = step.ags and plan.measure = step.measure
left join {{ ref('dim_municipality') }} as city on plan.ags = city.ags
