{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['device_eui', 'session', 'month'],
        meta={'grows_with': 'lorawan__reception'},
    )
}}

{#- Counters as if they had no end, and what never came between them: the rules of lakehouse/ingest/lorawan/frames.py, month
    after month. `offset` is what a counter lacks: multiples of 2**16, or of 2**32 in a session that has had one above. -#}
{%- set longest_gap, short, long = 16384, 65536, 4294967296 -%}
{%- set size -%}
    case when greatest(frame.highest, known_highest) >= {{ short }} then {{ long }} else {{ short }} end
{%- endset -%}
{%- set reached -%}
    (state.newest & ({{ size }} - 1))
{%- endset -%}
with receptions as (
    {{ receptions_to_read(['device_eui', 'session']) }}
),

uplinks as (
    select
        device_eui,
        coalesce(session, '') as session,
        message_id,
        observed_at,
        month,
        {{ 'since' if is_incremental() else 'nullif(month, month)' }} as since,
        max(f_cnt) as f_cnt,
        count(*) as receptions
    from receptions
    group by all
),

-- the highest counter of the month and those before
topped as (
    select
        *,
        max(f_cnt) over (partition by device_eui, session order by month) as highest
    from uplinks
),

sessions as (
    select
        device_eui,
        session,
        since,
        array_sort(collect_list(struct(observed_at, f_cnt, month, highest, receptions))) as frames,
        min(case when f_cnt is not null then struct(observed_at, f_cnt) end).f_cnt as first,
        min(f_cnt) as lowest,
        min(highest) as lowest_highest,
        max(highest) as highest
    from topped
    group by device_eui, session, since
),

-- where the months before ended
begun as (
    select
        sessions.*,
        {% if is_incremental() -%}
        array_max(filter(held.states, state -> state.month < since)).newest_counter as known_newest,
        array_max(filter(held.states, state -> state.month < since)).highest_counter as known_highest
        {%- else -%}
        nullif(first, first) as known_newest,
        nullif(first, first) as known_highest
        {%- endif %}
    from sessions
    {% if is_incremental() -%}
    left join (
        select
            device_eui,
            session,
            collect_list(struct(month, newest_counter, highest_counter)) as states
        from {{ this }}
        group by device_eui, session
    ) as held using (device_eui, session)
    {%- endif %}
),

placed as (
    select
        *,
        coalesce(known_newest, first) as begin,
        case
            when greatest(lowest_highest, known_highest) >= {{ short }} then {{ long }}
            when greatest(highest, known_highest) < {{ short }} then {{ short }}
        end as only_size
    from begun
),

-- hardly a session goes over its counter's end; only then each frame depends on those before it
stepped as (
    select
        *,
        begin - (begin & (only_size - 1)) as only_offset,
        case
            when
                least(lowest, begin & (only_size - 1)) + only_size - greatest(highest, begin & (only_size - 1))
                > {{ longest_gap }}
                then array()
            else aggregate(
                frames,
                struct(
                    begin as newest,
                    0 as position,
                    array(struct(0 as position, begin - (begin & ({{ short }} - 1)) as offset)) as steps
                ),
                (state, frame) -> case
                    when frame.f_cnt is null then struct(state.newest, state.position + 1 as position, state.steps)
                    else element_at(transform(
                        array(
                            state.newest - {{ reached }}
                            + case
                                when frame.f_cnt + {{ size }} - {{ reached }} <= {{ longest_gap }} then {{ size }}
                                when {{ reached }} - frame.f_cnt + {{ size }} between 1 and {{ longest_gap }}
                                    then -{{ size }}
                                else 0
                            end
                        ),
                        offset -> struct(
                            greatest(state.newest, frame.f_cnt + offset) as newest,
                            state.position + 1 as position,
                            case
                                when element_at(state.steps, -1).offset = offset then state.steps
                                else array_append(state.steps, struct(state.position as position, offset as offset))
                            end as steps
                        )
                    ), 1)
                end,
                state -> state.steps
            )
        end as steps
    from placed
),

frames as (
    select
        device_eui,
        session,
        known_newest,
        known_highest,
        inline(transform(
            frames,
            (frame, position) -> struct(
                frame.month,
                frame.highest,
                frame.receptions,
                frame.f_cnt + case
                    when size(steps) = 0 then only_offset
                    else element_at(filter(steps, step -> step.position <= position), -1).offset
                end as counter
            )
        ))
    from stepped
),

months as (
    select
        device_eui,
        session,
        month,
        count(*) as uplinks,
        count_if(receptions = 1) as uplinks_heard_once,
        sum(receptions) as receptions,
        collect_set(counter) as counters,
        max(counter) as newest,
        greatest(known_highest, max(highest)) as highest_counter,
        greatest(known_newest, max(max(counter)) over (
            partition by device_eui, session
            order by month
            rows between unbounded preceding and 1 preceding
        )) as newest_before
    from frames
    group by device_eui, session, month, known_newest, known_highest
),

counted as (
    select
        *,
        size(filter(counters, counter -> newest_before is null or counter > newest_before)) as received,
        greatest(newest - coalesce(newest_before, array_min(counters) - 1), 0) as expected
    from months
)

select
    device_eui,
    session,
    month,
    uplinks,
    uplinks_heard_once,
    receptions,
    coalesce(expected, 0) as frames_expected,
    received as frames_received,
    greatest(newest, newest_before) as newest_counter,
    highest_counter
from counted
