{#- Hours from the local midnight that begins one day to that which begins another. -#}
{% macro hours_between(first_day, next_day) -%}
    timestampdiff(
        hour,
        to_utc_timestamp({{ first_day }}, '{{ var("local_time_zone") }}'),
        to_utc_timestamp({{ next_day }}, '{{ var("local_time_zone") }}')
    )
{%- endmacro %}
