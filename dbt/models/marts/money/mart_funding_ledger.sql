{%- set terms = 'struct(approval_id, status, begins_on, ends_on, approved_eur, eligible_cost_eur)' -%}
with paid as (
    select
        approval.*,
        count(payment.payment_id) as payments,
        coalesce(sum(payment.cost_eur), 0) as paid_cost_eur,
        coalesce(sum(payment.grant_eur), 0) as paid_grant_eur,
        coalesce(sum(payment.own_share_eur), 0) as paid_own_share_eur,
        coalesce(sum(payment.third_party_eur), 0) as paid_third_party_eur,
        count_if(payment.performed_on not between approval.begins_on and approval.ends_on) as payments_outside_period,
        coalesce(
            sum(case when payment.performed_on not between approval.begins_on and approval.ends_on then payment.cost_eur end), 0
        ) as cost_outside_period_eur
    from {{ ref('int_money__join_approvals') }} as approval
    left join {{ ref('stg_vest__payment') }} as payment
        on approval.ags = payment.ags and approval.period = payment.period and approval.approval_id = payment.approval_id
    group by all
),

-- An approval that names no project or measure has only those of its own application beside it.
related as (
    select
        *,
        array_union(
            collect_list({{ terms }}) over (partition by ags, coalesce(project_id, application_id)),
            collect_list({{ terms }}) over (partition by ags, coalesce(measure, application_id))
        ) as undertaking
    from paid
),

-- Itself and those that fund the same undertaking on at least one same day.
overlapping as (
    select
        related.* except (undertaking),
        array_sort(collect_set(case when other.approval_id <> related.approval_id then other.approval_id end)) as double_funded_with,
        sum(other.approved_eur) as overlapping_grants_eur,
        max(other.eligible_cost_eur) as overlapping_cost_eur
    from related
        lateral view explode(undertaking) as other
    where
        other.approval_id = related.approval_id
        or (
            related.status <> 'revoked'
            and other.status <> 'revoked'
            and other.begins_on <= related.ends_on
            and other.ends_on >= related.begins_on
        )
    group by all
),

judged as (
    select
        *,
        -- The rate may be passed by one euro, for grants are rounded to full euros.
        array_compact(array(
            case when approved_eur * 100 > eligible_cost_eur * funding_rate_pct + 100 then 'approved_above_rate' end,
            case when overlapping_grants_eur > overlapping_cost_eur then 'grants_above_cost' end,
            case when paid_grant_eur > approved_eur then 'drawn_above_approved' end,
            case
                when
                    paid_grant_eur * 100
                    > least(paid_cost_eur - cost_outside_period_eur, eligible_cost_eur) * funding_rate_pct + 100
                    then 'drawn_above_rate'
            end
        )) as over_funding
    from overlapping
)

select
    ags,
    name,
    period,
    as_of_date,
    approval_id,
    application_id,
    call_id,
    call_title,
    programme,
    funding_source,
    title,
    project_id,
    measure,
    action_field,
    lead_function,
    participating_ags,
    climate_note,
    climate_reason,
    decision_paper,
    status,
    approved_on,
    begins_on,
    ends_on,
    ends_on < as_of_date as is_period_over,
    funding_rate_pct,
    eligible_cost_eur,
    approved_eur,
    own_share_eur,
    third_party_eur,
    drawn_eur,
    open_eur,
    lapsed_eur,
    payments,
    paid_cost_eur,
    paid_grant_eur,
    paid_own_share_eur,
    paid_third_party_eur,
    payments_outside_period,
    cost_outside_period_eur,
    payments_outside_period > 0 as has_cost_outside_period,
    size(over_funding) > 0 as is_over_funded,
    over_funding,
    size(double_funded_with) > 0 as is_double_funded,
    double_funded_with,
    overlapping_grants_eur,
    purpose_bound_until,
    coalesce(purpose_bound_until >= as_of_date, false) as is_purpose_bound,
    proof_due_on,
    proof_submitted_on,
    coalesce(proof_due_on < as_of_date and coalesce(proof_submitted_on > as_of_date, true), false) as is_proof_overdue,
    fictitious
from judged
