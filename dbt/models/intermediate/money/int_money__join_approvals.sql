select
    calls.ags,
    calls.name,
    calls.period,
    calls.as_of_date,
    approval.approval_id,
    approval.application_id,
    application.call_id,
    calls.title as call_title,
    calls.programme,
    calls.funding_source,
    application.title,
    application.project_id,
    application.measure,
    application.action_field,
    application.lead_function,
    {{ listed('application.participating_ags') }} as participating_ags,
    application.climate_note,
    application.climate_reason,
    application.decision_paper,
    approval.status,
    approval.approved_on,
    approval.begins_on,
    approval.ends_on,
    approval.purpose_bound_until,
    approval.proof_due_on,
    approval.proof_submitted_on,
    approval.funding_rate_pct,
    approval.eligible_cost_eur,
    approval.approved_eur,
    approval.own_share_eur,
    approval.third_party_eur,
    approval.drawn_eur,
    approval.open_eur,
    approval.lapsed_eur,
    approval.fictitious
from {{ ref('int_money__list_calls') }} as calls
inner join {{ ref('stg_vest__application') }} as application
    on calls.ags = application.ags and calls.period = application.period and calls.call_id = application.call_id
inner join {{ ref('stg_vest__approval') }} as approval
    on
        application.ags = approval.ags
        and application.period = approval.period
        and application.application_id = approval.application_id
