{#- What marts on receptions of LoRaWAN share: their months, and what of silver a build has to read again. -#}

{#- First day of the month in the region on which a UTC instant falls. -#}
{% macro local_month(instant) -%}
    trunc({{ local_date(instant) }}, 'MM')
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
        -- of literals alone, so that Spark has computed it before Delta chooses files
        and reception.observed_at >= to_utc_timestamp(
            {{ local_month(oldest_changed('lorawan__reception')) }}, '{{ var("local_time_zone") }}'
        )
    {%- else %}
    select *, {{ local_month('observed_at') }} as month
    from {{ ref('stg_lorawan__reception') }}
    {%- endif %}
{%- endmacro %}
