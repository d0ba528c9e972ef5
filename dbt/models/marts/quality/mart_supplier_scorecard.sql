with delivered as (
    -- a delivery as a whole: all of its tables were taken, or none
    select
        delivered_as,
        sender,
        period,
        delivery,
        published_at,
        as_of_at,
        case
            when bool_or(outcome = 'rejected') then 'rejected'
            when bool_or(outcome = 'withdrawn') then 'withdrawn'
            else 'taken'
        end as outcome,
        max(reason) as reason,
        coalesce(sum(rows_taken), 0) as rows_taken,
        coalesce(sum(rows_refused), 0) as rows_waiting
    from {{ ref('int_quality__list_deliveries') }}
    group by all
),

sent as (
    select
        delivered_as,
        sender,
        period,
        max(as_of_at) as as_of_at,
        count_if(outcome <> 'withdrawn') as attempts,
        count_if(outcome = 'rejected') as attempts_refused,
        min(case when outcome = 'taken' then published_at end) as first_taken_at,
        max_by(struct(outcome, reason, published_at), struct(published_at, delivery)) as newest,
        max_by(struct(outcome, rows_taken, rows_waiting), struct(published_at, delivery)) filter (where outcome <> 'rejected') as counted
    from delivered
    group by all
),

calendar as (
    select
        workbook,
        workbook_title,
        owner,
        fictitious,
        ags,
        name,
        concat(year, ending) as period,
        date_add({{ period_end('concat(year, ending)') }}, due_days) as due_on
    from {{ declared_workbooks() }}
    cross join {{ declared_administrations() }}
    -- no release asks for later ones
        lateral view explode(sequence(since, 2099)) as year
        lateral view explode(period_endings) as ending
),

known as (
    -- what other feeds delivered says how late it is, too
    select
        calendar.*,
        sent.attempts,
        sent.attempts_refused,
        {{ local_date('sent.first_taken_at') }} as first_taken_on,
        sent.newest,
        sent.counted.rows_taken,
        sent.counted.rows_waiting,
        coalesce(sent.counted.outcome = 'taken', false) as is_delivered,
        coalesce(sent.newest.outcome = 'rejected', false) as is_refused_at_last,
        {{ local_date('max(sent.as_of_at) over ()') }} as as_of_date
    from calendar
    full join sent
        on calendar.workbook = sent.delivered_as and calendar.ags = sent.sender and calendar.period = sent.period
),

judged as (
    select
        *,
        case
            when not is_delivered then 0
            when rows_taken + rows_waiting = 0 then 100
            else {{ percent('rows_taken', '(rows_taken + rows_waiting)') }}
        end as complete_pct,
        case
            when is_delivered and not is_refused_at_last and rows_waiting = 0 then 'nobody'
            else 'administration'
        end as waits_for
    from known
    where due_on < as_of_date
)

select
    ags,
    name,
    workbook,
    workbook_title,
    period,
    due_on,
    as_of_date,
    period = max(period) over (partition by workbook) as is_latest,
    is_delivered,
    coalesce(first_taken_on <= due_on, false) as is_on_time,
    first_taken_on,
    greatest(datediff(coalesce(first_taken_on, as_of_date), due_on), 0) as days_late,
    coalesce(attempts, 0) as attempts,
    coalesce(attempts_refused, 0) as attempts_refused,
    {{ local_date('newest.published_at') }} as last_sent_on,
    case when is_refused_at_last then newest.reason end as last_refusal_reason,
    case when is_delivered then rows_taken else 0 end as rows_taken,
    case when is_delivered then rows_waiting else 0 end as rows_waiting,
    complete_pct,
    round(complete_pct - lag(complete_pct) over (partition by ags, workbook order by period), 2) as complete_change_pct,
    waits_for,
    case
        when newest is null
            then concat(name, ' hat noch nichts geliefert; fällig war es am ', date_format(due_on, 'dd.MM.yyyy'), '.')
        when is_refused_at_last
            then concat(
                'Die letzte Datei aus ', name, ' wurde abgelehnt: ',
                coalesce({{ own_label('reason', 'newest.reason') }}, 'Der Grund steht in der Antwort'),
                case when is_delivered then '. Es gilt weiter die vorige.' else '. Bisher zählt nichts.' end
            )
        when not is_delivered
            then concat(name, ' hat die Lieferung zurückgezogen, und eine neue fehlt.')
        when rows_waiting > 0
            then concat(
                rows_waiting, ' von ', rows_taken + rows_waiting, ' Zeilen aus ', name,
                case when rows_waiting = 1 then ' wartet' else ' warten' end, ' auf eine korrigierte Datei.'
            )
        when rows_taken = 0 then concat(name, ' hat gemeldet, dass es nichts zu berichten gibt.')
        else concat('Alle Zeilen aus ', name, ' sind übernommen.')
    end as waits_for_de,
    owner,
    fictitious
from judged
