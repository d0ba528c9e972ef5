select
    trend.ags,
    {{ administration_name('trend.ags', 'city.name') }} as name,
    trend.period,
    trend.period = max(trend.period) over (partition by trend.ags) as is_latest,
    trend.trend_id,
    trend.title,
    trend.summary,
    {{ listed('trend.action_fields') }} as action_fields,
    trend.observed_since,
    trend.relevance,
    trend.horizon,
    trend.handling,
    lag(trend.handling) over (partition by trend.ags, trend.trend_id order by trend.period) as handling_before,
    trend.conclusion,
    trend.reviewed_on,
    trend.next_review_on,
    coalesce(trend.next_review_on <= {{ period_end('trend.period') }}, false) as is_review_due,
    trend.fictitious
from {{ ref('stg_vest__trend') }} as trend
left join {{ ref('dim_municipality') }} as city on trend.ags = city.ags
