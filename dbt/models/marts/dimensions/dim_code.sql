{#- The code lists stand with the columns that they belong to, in the declarations of the feeds; nothing is delivered here. -#}
{%- set listed = [] -%}
{%- if execute -%}
    {%- for table in graph.sources.values() | sort(attribute='name') -%}
        {%- for column, codes in table.meta.get('codes', {}).items() -%}
            {%- for code, label in codes.items() -%}
                {%- do listed.append((table.name, column, loop.index, code, label)) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endif %}
select
    feed,
    column_name,
    position,
    code,
    label_de
from
    values
    {%- for feed, column, position, code, label in listed or [('', '', 0, '', '')] %}
    ('{{ feed }}', '{{ column }}', {{ position }}, '{{ code }}', '{{ label | replace("'", "\\'") }}'){{ ',' if not loop.last }}
    {%- endfor %}
    as lists (feed, column_name, position, code, label_de)
where feed <> ''
