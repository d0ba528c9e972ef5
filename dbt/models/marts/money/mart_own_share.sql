select
    approval.ags,
    approval.name,
    approval.period,
    approval.as_of_date,
    share.own_share_id,
    share.budget_year,
    share.approval_id,
    approval.title,
    approval.programme,
    approval.funding_source,
    approval.action_field,
    approval.status as approval_status,
    share.budget_line_id,
    line.programme as budget_programme,
    line.purpose as budget_purpose,
    share.kind,
    share.planned_eur,
    share.bound_eur,
    share.spent_eur,
    share.planned_eur - share.bound_eur - share.spent_eur as free_eur,
    share.basis,
    share.fictitious
from {{ ref('int_money__join_approvals') }} as approval
inner join {{ ref('stg_vest__own_share') }} as share
    on approval.ags = share.ags and approval.period = share.period and approval.approval_id = share.approval_id
left join {{ ref('stg_vest__budget_line') }} as line
    on
        share.ags = line.ags
        and share.period = line.period
        and share.budget_line_id = line.budget_line_id
        and share.budget_year = line.budget_year
