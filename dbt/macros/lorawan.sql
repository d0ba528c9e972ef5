{#- What marts on receptions of LoRaWAN share: their months, and what of silver a build has to read again. -#}

{#- First day of the month in the region on which a UTC instant falls. -#}
{% macro local_month(instant) -%}
    trunc({{ local_date(instant) }}, 'MM')
{%- endmacro %}

{#- When the month of the oldest changed reception began, as a literal: by these Delta leaves whole files out, and not by what
    a subquery gives. It is a statement of its own, on the files of the changes. -#}
{% macro oldest_changed_month() -%}
    {%- set begin -%}
        select date_format(
            to_utc_timestamp({{ local_month('min(observed_at)') }}, '{{ var("local_time_zone") }}'),
            'yyyy-MM-dd HH:mm:ss'
        )
        from ({{ silver_changes('lorawan__reception') }})
    {%- endset -%}
    {%- set found = run_query(begin).columns[0].values()[0] -%}
    timestamp '{{ found or "9999-12-31 00:00:00" }} UTC'
{%- endmacro %}

{#- Receptions with their month. In a build of what changed only those of the same key as a changed one, and of its month or
    a later one: `since` is the first changed month of the key. The bound on the time is one for all, so that files of older
    months are not read. -#}
{% macro receptions_to_read(key) -%}
    {%- if is_incremental() %}
    select
        reception.*,
        {{ local_month('reception.observed_at') }} as month,
        changed.since
    from {{ ref('stg_lorawan__reception') }} as reception
    inner join (
        select {{ key | join(', ') }}, min({{ local_month('observed_at') }}) as since
        from ({{ silver_changes('lorawan__reception') }})
        group by {{ key | join(', ') }}
    ) as changed
        on {% for column in key -%}
            reception.{{ column }} <=> changed.{{ column }}{{ ' and ' if not loop.last }}
        {%- endfor %}
    where
        {{ local_month('reception.observed_at') }} >= changed.since
        and reception.observed_at >= {{ oldest_changed_month() }}
    {%- else %}
    select *, {{ local_month('observed_at') }} as month
    from {{ ref('stg_lorawan__reception') }}
    {%- endif %}
{%- endmacro %}
