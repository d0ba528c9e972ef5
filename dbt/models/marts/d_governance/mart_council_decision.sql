with results as (
    select
        meeting_name,
        started_at,
        explode(from_json(agenda_results, 'array<struct<agenda_item: string, result: string>>')) as note
    from {{ ref('stg_oparl__meeting') }}
),

items as (
    select
        *,
        explode_outer({{ listed('agenda_items') }}) as agenda_item
    from {{ ref('stg_oparl__paper') }}
),

-- a paper passes several bodies: the newest note counts
decided as (
    select
        items.paper_id,
        items.body_id,
        items.reference,
        items.paper_type,
        items.paper_date,
        items.topics,
        items.matched_words,
        items.consultation_count,
        items.under_direction_of,
        items.originator_organizations,
        max(
            case
                when results.note is not null
                    then named_struct('at', results.started_at, 'result', results.note.result, 'body', results.meeting_name)
            end
        ) as newest
    from items
    left join results on items.agenda_item = results.note.agenda_item
    group by all
)

select
    paper_id,
    body_id,
    reference,
    nullif(trim(paper_type), '') as paper_type,
    paper_date,
    trunc(paper_date, 'MM') as paper_month,
    {{ listed('topics') }} as topics,
    {{ listed('matched_words') }} as matched_words,
    consultation_count,
    {{ listed('under_direction_of') }} as offices,
    {{ listed('originator_organizations') }} as originators,
    coalesce(newest.result, case when consultation_count = 0 then 'not_consulted' else 'unknown' end) as decision,
    {{ local_date('newest.at') }} as decided_on,
    newest.body as decided_in
from decided
