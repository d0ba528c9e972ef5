with granted as (
    select
        ags,
        period,
        application_id,
        sum(approved_eur) as approved_eur
    from {{ ref('stg_vest__approval') }}
    group by ags, period, application_id
),

-- one row per application here: two approvals of one must not count it twice
answers as (
    select
        application.ags,
        application.period,
        application.call_id,
        count(*) as applications,
        count(application.submitted_on) as submitted,
        count_if(application.status = 'in_preparation') as in_preparation,
        count_if(application.status = 'submitted') as pending,
        count_if(application.status = 'approved') as approved,
        count_if(application.status = 'rejected') as rejected,
        count_if(application.status = 'withdrawn') as withdrawn,
        sum(case when application.submitted_on is not null then application.cost_eur end) as cost_eur,
        sum(case when application.submitted_on is not null then application.grant_requested_eur end) as requested_eur,
        sum(granted.approved_eur) as approved_eur
    from {{ ref('stg_vest__application') }} as application
    left join granted
        on
            application.ags = granted.ags
            and application.period = granted.period
            and application.application_id = granted.application_id
    group by application.ags, application.period, application.call_id
)

select
    calls.ags,
    calls.name,
    calls.period,
    calls.as_of_date,
    calls.call_id,
    calls.title,
    calls.programme,
    calls.funding_source,
    calls.action_field,
    calls.published_on,
    calls.closes_on,
    calls.published_on <= calls.as_of_date and coalesce(calls.closes_on >= calls.as_of_date, true) as is_open,
    calls.max_funding_rate_pct,
    calls.max_grant_eur,
    calls.decision,
    calls.reason,
    coalesce(answers.applications, 0) as application_count,
    coalesce(answers.in_preparation, 0) as in_preparation_count,
    coalesce(answers.submitted, 0) as submitted_count,
    coalesce(answers.pending, 0) as pending_count,
    coalesce(answers.approved, 0) as approved_count,
    coalesce(answers.rejected, 0) as rejected_count,
    coalesce(answers.withdrawn, 0) as withdrawn_count,
    coalesce(answers.approved + answers.rejected, 0) as decided_count,
    {{ percent('answers.approved', '(answers.approved + answers.rejected)') }} as success_pct,
    coalesce(answers.cost_eur, 0) as submitted_cost_eur,
    coalesce(answers.requested_eur, 0) as requested_eur,
    coalesce(answers.approved_eur, 0) as approved_eur,
    calls.url,
    calls.fictitious
from {{ ref('int_money__list_calls') }} as calls
left join answers
    on calls.ags = answers.ags and calls.period = answers.period and calls.call_id = answers.call_id
