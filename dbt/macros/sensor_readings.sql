{#- What marts on readings of LoRaWAN devices share: which readings count, which a build has to look at again, and what is
    odd about each. -#}

{#- The readings that count, numbers only: of several of one device, time and quantity the one that was ingested last. In a
    build of what changed those of the same device and quantity as a changed one, up to some hours before and behind it, and
    `is_changed` says which ones changed. The bound on the time that is one value for all keeps files from being read. -#}
{% macro counted_readings(hours) -%}
    select
        device_eui,
        quantity,
        observed_at,
        counted.value,
        counted.unit,
        counted.message_id,
        counted._ingested_at as ingested_at,
        {{ is_changed('lorawan__reading') | replace('_delivery_id', 'counted._delivery_id')
            if is_incremental() else 'true' }} as is_changed
    from (
        select
            device_eui,
            quantity,
            observed_at,
            -- the first fields decide
            max(struct(_ingested_at, _record_number, message_id, value, unit, _delivery_id)) as counted
        from {{ ref('stg_lorawan__reading') }}
        {%- if is_incremental() %}
        inner join (
            select
                device_eui,
                quantity,
                min(observed_at) - interval {{ hours }} hours as begins_at,
                max(observed_at) + interval {{ hours }} hours as ends_at
            from ({{ silver_changes('lorawan__reading') }})
            group by device_eui, quantity
        ) using (device_eui, quantity)
        {%- endif %}
        where
            value is not null
            {%- if is_incremental() %}
            and observed_at between begins_at and ends_at
            and observed_at >= {{ oldest_changed('lorawan__reading') }} - interval {{ hours }} hours
            {%- endif %}
        group by device_eui, quantity, observed_at
    )
{%- endmacro %}

{#- These readings with the codes of what is odd about each (none: an empty array). A reading is judged by those of the two
    days before it, so `is_reopened` are the changed ones and those of the two days behind them; the whole hours of these
    are there. -#}
{% macro judged_readings() -%}
    {%- set by_time = 'partition by device_eui, quantity order by observed_at' -%}
    {%- set in_two_days = 'previous.observed_at >= observed_at - interval 48 hours' -%}
    select
        device_eui,
        quantity,
        observed_at,
        value,
        unit,
        message_id,
        ingested_at,
        {{ 'coalesce(last_changed_at >= observed_at - interval 48 hours, false)' if is_incremental() else 'true' }}
            as is_reopened,
        filter(
            array(
                case when value < minimum or value > maximum then 'out_of_range' end,
                -- rounded: 20.3 - 10.3 is more than 10
                case when {{ in_two_days }} and round(abs(value - previous.value), 6) > max_step then 'jump' end,
                case when observed_at > timestampadd(hour, stuck_after_h, unchanged_since) then 'stuck' end,
                case when observed_at > ingested_at + interval 10 minutes then 'future' end,
                case when observed_at < ingested_at - interval 7 days then 'ancient' end,
                case
                    when
                        3 * reporting_interval_min <= 2880
                        and coalesce(
                            case when {{ in_two_days }} then previous.observed_at end,
                            to_utc_timestamp(commissioned_on, '{{ var("local_time_zone") }}')
                        ) < timestampadd(minute, -3 * reporting_interval_min, observed_at)
                        then 'gap'
                end,
                case when quantity = 'battery' and value < 20 then 'low_battery' end
            ),
            code -> code is not null
        ) as codes
    from (
        select
            *,
            -- a silence of more than a day ends it: so two days tell of every value whether it has not changed for one
            max(
                case
                    when not coalesce(
                        previous.value = value and previous.observed_at >= observed_at - interval 24 hours, false
                    ) then observed_at
                end
            ) over ({{ by_time }}) as unchanged_since
        from (
            select
                *,
                lag(struct(observed_at, value)) over ({{ by_time }}) as previous,
                max(case when is_changed then observed_at end) over ({{ by_time }}) as last_changed_at
            from ({{ counted_readings(49) }})
        )
    )
    left join (
        select
            device.device_eui,
            limits.quantity,
            device.commissioned_on,
            device.reporting_interval_min,
            limits.minimum,
            limits.maximum,
            limits.max_step,
            limits.stuck_after_h
        from {{ ref('dim_device') }} as device
        inner join {{ ref('stg_lorawan__device_quantity') }} as limits using (device_eui, ags, period)
    ) using (device_eui, quantity)
{%- endmacro %}

{#- The time of ingestion since which a mart that keeps rows for some days keeps them, when it is built as a whole. -#}
{% macro kept_since(days) -%}
    (select max(_ingested_at) - interval {{ var(days) }} days from {{ ref('stg_lorawan__reading') }})
{%- endmacro %}
