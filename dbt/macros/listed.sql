{#- The values of a silver column that holds several, which it keeps as a JSON array; NULL where there are none. -#}
{% macro listed(column) -%}
    from_json({{ column }}, 'array<string>')
{%- endmacro %}
