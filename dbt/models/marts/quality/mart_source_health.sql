with told as (
    -- a feed that never delivered is told of as well, and one that is no longer declared
    select
        coalesce(feeds.feed, deliveries.feed) as feed,
        coalesce(feeds.feed_title, deliveries.feed) as feed_title,
        coalesce(feeds.delivered_as, deliveries.delivered_as) as delivered_as,
        coalesce(feeds.owner, '') as owner,
        feeds.schedule,
        feeds.cadence_days,
        feeds.grace_days,
        feeds.promised_seconds,
        coalesce(feeds.fictitious, false) as fictitious,
        deliveries.delivery,
        deliveries.published_at,
        deliveries.fetched_at,
        deliveries.outcome,
        deliveries.reason,
        deliveries.rows_read,
        deliveries.rows_taken,
        deliveries.rows_refused,
        deliveries.rows_duplicate,
        deliveries.rows_filtered,
        case when deliveries.outcome in ('committed', 'partly') then deliveries.published_at end as accepted_at,
        max(deliveries.as_of_at) over () as as_of_at
    from {{ declared_feeds() }} as feeds
    full join {{ ref('int_quality__list_deliveries') }} as deliveries on feeds.feed = deliveries.feed
),

followed as (
    -- late: nothing that counts came until the deadline that the one before had set
    select
        *,
        trunc({{ local_date('coalesce(published_at, as_of_at)') }}, 'month') as month,
        timestampadd(second, promised_seconds, accepted_at) as deadline,
        coalesce(
            lead(accepted_at) ignore nulls over (partition by feed order by published_at, delivery), as_of_at
        ) as followed_at
    from told
    where as_of_at is not null
),

monthly as (
    select
        feed,
        feed_title,
        delivered_as,
        owner,
        schedule,
        cadence_days,
        grace_days,
        fictitious,
        month,
        as_of_at,
        count(delivery) as deliveries,
        count_if(outcome = 'committed') as deliveries_taken,
        count_if(outcome = 'partly') as deliveries_partly_taken,
        count_if(outcome = 'rejected') as deliveries_rejected,
        count_if(outcome = 'withdrawn') as deliveries_withdrawn,
        sort_array(collect_set(case when outcome = 'rejected' then reason end)) as rejection_reasons,
        max_by(delivery, struct(published_at, delivery)) filter (where outcome = 'rejected') as last_rejected_delivery,
        coalesce(sum(rows_read), 0) as rows_read,
        coalesce(sum(rows_taken), 0) as rows_taken,
        coalesce(sum(rows_refused), 0) as rows_refused,
        coalesce(sum(rows_duplicate), 0) as rows_duplicate,
        coalesce(sum(rows_filtered), 0) as rows_filtered,
        {{ percent('coalesce(sum(rows_refused), 0)', 'sum(rows_read)') }} as refused_pct,
        max(accepted_at) as last_accepted_at,
        max(fetched_at) as last_fetched_at,
        max(deadline) as deadline,
        count_if(followed_at > deadline) as times_late,
        coalesce(sum(greatest(timestampdiff(hour, deadline, followed_at), 0)), 0) as hours_late
    from followed
    group by all
)

select
    feed,
    month,
    feed_title,
    delivered_as,
    owner,
    as_of_at,
    month = max(month) over (partition by feed) as is_latest,
    schedule,
    cadence_days,
    grace_days,
    deliveries,
    deliveries_taken,
    deliveries_partly_taken,
    deliveries_rejected,
    deliveries_withdrawn,
    rejection_reasons,
    last_rejected_delivery,
    max(last_accepted_at) over so_far as last_accepted_at,
    max(last_fetched_at) over so_far as last_fetched_at,
    max(deadline) over so_far as deadline,
    times_late > 0 as was_late,
    times_late,
    hours_late,
    month = max(month) over (partition by feed) and coalesce(max(deadline) over so_far < as_of_at, false) as is_late,
    rows_read,
    rows_taken,
    rows_refused,
    rows_duplicate,
    rows_filtered,
    {{ percent('rows_taken', '(rows_read - rows_filtered - rows_duplicate)') }} as complete_pct,
    refused_pct,
    round(refused_pct - lag(refused_pct) ignore nulls over (partition by feed order by month), 2) as refused_change_pct,
    fictitious
from monthly
window so_far as (partition by feed order by month rows between unbounded preceding and current row)
