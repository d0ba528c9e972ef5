{#- Everything that must hold of a table by itself, in one query, because a query costs what it costs however few rows it
    reads. One row comes out per broken rule, with the number of rows that break it:

      key      columns that are filled and together unique
      rules    conditions over one row; one that is NULL is broken, so a rule on a column also says that it is filled
      parents  a column's values are found in another table: {column, to, field}, with `where` only of some rows -#}
{% test holds(model, key=[], rules=[], parents=[]) %}
{%- set checks = [] -%}
{%- if key -%}
    {%- set columns = key | join(', ') -%}
    {%- set filled -%}
        {% for column in key %}{{ column }} is not null{{ ' and ' if not loop.last }}{% endfor %}
    {%- endset -%}
    {%- do checks.append(('key ' ~ columns ~ ' is complete', 'count_if(not (' ~ filled ~ '))')) -%}
    {%- do checks.append(('key ' ~ columns ~ ' is unique', 'count_if(' ~ filled ~ ') - count(distinct ' ~ columns ~ ')')) -%}
{%- endif -%}
{%- for rule in rules -%}
    {%- do checks.append((rule, 'count_if(not coalesce(' ~ rule ~ ', false))')) -%}
{%- endfor -%}
{%- for parent in parents -%}
    {%- set orphan = parent.column ~ ' is not null and _parent_' ~ loop.index ~ ' is null' -%}
    {%- set where = parent.get('where') -%}
    {%- do checks.append((
        parent.column ~ ' is in ' ~ parent.to.identifier ~ (' where ' ~ where if where else ''),
        'count_if(' ~ orphan ~ (' and (' ~ where ~ ')' if where else '') ~ ')',
    )) -%}
{%- endfor -%}

with judged as (
    select
        {%- for _, broken in checks %}
        {{ broken }} as broken_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ model }}
    {%- for parent in parents %}
    left join (select distinct {{ parent.field }} as _parent_{{ loop.index }} from {{ parent.to }})
        on {{ parent.column }} = _parent_{{ loop.index }}
    {%- endfor %}
)

select
    rule,
    broken_rows
from judged
lateral view stack(
    {{ checks | length }},
    {%- for rule, _ in checks %}
    '{{ rule | replace("\\", "\\\\") | replace("'", "\\'") }}', broken_{{ loop.index }}{{ ',' if not loop.last }}
    {%- endfor %}
) as rule, broken_rows
where broken_rows > 0
{% endtest %}
