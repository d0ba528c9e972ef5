{#- The calendar day in the region that a UTC instant falls on. to_date of a timestamp cannot fail. -#}
{% macro local_date(instant) -%}
    to_date(from_utc_timestamp({{ instant }}, '{{ var("local_time_zone") }}'))
{%- endmacro %}

{#- Hours between two local midnights: 24, or 23 and 25 on the days on which the clocks change. -#}
{% macro hours_of_day(day) -%}
    timestampdiff(
        hour,
        to_utc_timestamp({{ day }}, '{{ var("local_time_zone") }}'),
        to_utc_timestamp(date_add({{ day }}, 1), '{{ var("local_time_zone") }}')
    )
{%- endmacro %}
