-- A delivery that was loaded again is what its last run made of it.
select
    feed,
    parent as delivered_as,
    delivery,
    sender,
    period,
    published_at,
    fetched_at,
    outcome,
    reason,
    read as rows_read,
    taken as rows_taken,
    quarantined as rows_refused,
    duplicate as rows_duplicate,
    filtered as rows_filtered,
    as_of_at
from (
    select
        *,
        row_number() over (partition by feed, delivery order by recorded_at desc, run_id desc) as newest_first,
        max(fetched_at) over () as as_of_at
    from {{ ops('deliveries') }}
)
where newest_first = 1
