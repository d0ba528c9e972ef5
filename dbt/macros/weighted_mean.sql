{#- The only division in this project: the sum of value times weight over the sum of the weights of the rows that have a
    value. NULL where no row has one, in so many words: dbt-spark switches ANSI mode off, and `/` would hide it. -#}
{% macro weighted_mean(value, weight) -%}
    try_divide(sum({{ value }} * {{ weight }}), sum(case when {{ value }} is not null then {{ weight }} end))
{%- endmacro %}
