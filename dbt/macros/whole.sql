{#- A count that was estimated, rounded to whole ones. It counts people, so it is far below what a bigint holds. -#}
{% macro whole(figure) -%}
    cast(round({{ figure }}) as bigint)
{%- endmacro %}
