{#- The only divisions in this project. Each is NULL where there is nothing to divide by, in so many words: dbt-spark switches
    ANSI mode off, and `/` would hide it. -#}

{#- The sum of value times weight over the sum of the weights of the rows that have a value. -#}
{% macro weighted_mean(value, weight) -%}
    try_divide(sum({{ value }} * {{ weight }}), sum(case when {{ value }} is not null then {{ weight }} end))
{%- endmacro %}

{#- How much of the whole a part is, from 0 to 100 with two decimals. -#}
{% macro percent(part, whole) -%}
    round(try_divide(100 * {{ part }}, {{ whole }}), 2)
{%- endmacro %}

{#- A quotient of two figures, such as euros per inhabitant, with two decimals. -#}
{% macro ratio(figure, base) -%}
    round(try_divide({{ figure }}, {{ base }}), 2)
{%- endmacro %}

{#- Where a value lies between two fixed ones, the first giving 0 and the second 100; beyond them it is less or more. The
    two come from the registry of key figures, where they differ (tests/unit/test_kpis.py), and do not move with the
    values: a city that is added changes no other city's points. -#}
{% macro min_max(value, worst, best) -%}
    round(try_divide(100 * ({{ value }} - {{ worst }}), {{ best }} - {{ worst }}), 1)
{%- endmacro %}

{#- An end of Wilson's interval of a share with 95 % confidence, without correction for continuity, from 0 to 100 with two
    decimals: the lower one with `-`, the upper one with `+` (Wilson 1927; z = 1.959964). -#}
{% macro wilson_percent(part, whole, sign) -%}
    round(100 * try_divide(
        {{ part }} + 1.920729D
        {{ sign }} sqrt(3.841459D * (try_divide({{ part }} * ({{ whole }} - {{ part }}), {{ whole }}) + 0.960365D)),
        {{ whole }} + 3.841459D
    ), 2)
{%- endmacro %}
