{#- The days that a reported period (`2025`, `2025-H1`) begins and ends on. The form of a period is checked where it is
    landed, so its year is a number. -#}
{% macro period_begin(period) -%}
    make_date(cast(left({{ period }}, 4) as int), case when {{ period }} like '%-H2' then 7 else 1 end, 1)
{%- endmacro %}

{% macro period_end(period) -%}
    last_day(make_date(cast(left({{ period }}, 4) as int), case when {{ period }} like '%-H1' then 6 else 12 end, 1))
{%- endmacro %}
