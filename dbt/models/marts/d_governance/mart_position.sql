with reports as (
    select
        *,
        max(period) over (partition by ags) as latest_period,
        {{ period_end('period') }} as as_of_date
    from {{ ref('stg_vest__position') }}
)

select
    post.ags,
    {{ administration_name('post.ags', 'city.name') }} as name,
    post.position_id,
    post.plan_year,
    post.period,
    post.as_of_date,
    post.period = post.latest_period as is_latest,
    post.title,
    post.unit,
    post.purpose,
    post.permanent,
    post.limited_until,
    post.planned_fte,
    post.filled_fte,
    post.planned_fte - post.filled_fte as vacant_fte,
    {{ percent('post.filled_fte', 'post.planned_fte') }} as filled_pct,
    post.vacant_since,
    datediff(post.as_of_date, post.vacant_since) as vacant_days,
    post.funded_by,
    post.basis,
    -- the pact's own two: permanent, to coordinate, with the Stellenplan of 2023
    post.ags = '{{ var("kreis_ags") }}000'
    and post.purpose = 'coordination'
    and post.plan_year = 2023
    and post.permanent as is_pact_post,
    post.fictitious
from reports as post
left join {{ ref('dim_municipality') }} as city on post.ags = city.ags
