{#- A text as a literal of SQL; NULL if there is none. -#}
{% macro quoted(text) -%}
    {%- if text is none or text is undefined -%}
        nullif('', '')
    {%- else -%}
        '{{ text | replace("\\", "\\\\") | replace("'", "\\'") }}'
    {%- endif -%}
{%- endmacro %}
