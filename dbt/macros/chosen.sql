{#- The figure that a code names, out of several of one row. With `lateral view explode(array('a', 'b')) measured as
    indicator` each becomes a row of its own; stack() would want all of them to have the very same decimal type. -#}
{% macro chosen(code, figures) -%}
    case {{ code }}
    {%- for key, expression in figures.items() %}
        when '{{ key }}' then {{ expression }}
    {%- endfor %}
    end
{%- endmacro %}
