with reported as (
    select
        ags,
        period,
        measure,
        plan.title as measure_title,
        plan.action_field,
        plan.responsible_body,
        plan.status as measure_status,
        step.milestone,
        step.title as milestone_title,
        step.first_due_on,
        step.due_on,
        step.status,
        step.status_since,
        step.reached_on,
        step.status_reason,
        coalesce(plan.fictitious, false) or coalesce(step.fictitious, false) as fictitious,
        lead(period) over (partition by ags, measure, step.milestone order by period) as next_period,
        collect_set(period) over (partition by ags) as delivered_periods
    from {{ ref('stg_vest__measure') }} as plan
    full outer join {{ ref('stg_vest__milestone') }} as step using (ags, period, measure)
),

-- a milestone that a later report lacks goes on as it was last reported
continued as (
    select
        reported.*,
        told_period,
        array_max(delivered_periods) as latest_period
    from reported
        lateral view explode(
            filter(delivered_periods, told -> told >= period and (next_period is null or told < next_period))
        ) as told_period
    where milestone is not null
),

history as (
    select
        *,
        {{ period_end('told_period') }} as as_of_date,
        lag(status) over (partition by ags, measure, milestone order by told_period) as status_before,
        lag(due_on) over (partition by ags, measure, milestone order by told_period) as due_on_before,
        first_value(first_due_on) over (partition by ags, measure, milestone order by told_period) as planned_on
    from continued
)

select
    step.ags,
    {{ administration_name('step.ags', 'city.name') }} as name,
    step.measure,
    step.measure_title,
    step.action_field,
    step.responsible_body,
    step.measure_status,
    step.milestone,
    step.milestone_title,
    step.told_period as period,
    step.as_of_date,
    step.told_period = step.latest_period as is_latest,
    step.told_period = step.period as is_reported,
    step.status,
    step.status_since,
    step.status_reason,
    step.reached_on,
    step.planned_on as first_due_on,
    step.due_on,
    step.due_on_before,
    datediff(step.due_on, step.planned_on) as slipped_days,
    step.first_due_on <> step.planned_on as is_first_due_on_changed,
    step.due_on < step.as_of_date and step.status not in ('reached', 'dropped') as is_overdue,
    case
        when step.status not in ('reached', 'dropped') then greatest(datediff(step.as_of_date, step.due_on), 0)
        else 0
    end as overdue_days,
    step.due_on between step.as_of_date and date_add(step.as_of_date, 90)
    and step.status in ('planned', 'at_risk') as is_overdue_soon,
    step.status_before,
    coalesce(
        step.status_before <> step.status
        and (step.status_before in ('reached', 'dropped') or (step.status_before = 'running' and step.status = 'planned')),
        false
    ) as is_illegal_step,
    step.fictitious
from history as step
left join {{ ref('dim_municipality') }} as city on step.ags = city.ags
