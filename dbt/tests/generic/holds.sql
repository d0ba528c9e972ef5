{#- Everything that must hold of a table by itself, in one query, because a query costs what it costs however few rows it
    reads. One row comes out per broken rule, with the number of rows that break it, and the condition that finds them:
    whose they are is only looked for then.

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
    {%- do checks.append(('key ' ~ columns ~ ' is complete', 'count_if(not (' ~ filled ~ '))', 'not (' ~ filled ~ ')')) -%}
    {%- do checks.append(
        ('key ' ~ columns ~ ' is unique', 'count_if(' ~ filled ~ ') - count(distinct ' ~ columns ~ ')', 'false')
    ) -%}
{%- endif -%}
{%- for rule in rules -%}
    {%- set broken = 'not coalesce(' ~ rule ~ ', false)' -%}
    {%- do checks.append((rule, 'count_if(' ~ broken ~ ')', broken)) -%}
{%- endfor -%}
{%- for parent in parents -%}
    {%- set where = parent.get('where') -%}
    {%- set some = ' and (' ~ where ~ ')' if where else '' -%}
    {%- set filled = parent.column ~ ' is not null' -%}
    {%- do checks.append((
        parent.column ~ ' is in ' ~ parent.to.identifier ~ (' where ' ~ where if where else ''),
        'count_if(' ~ filled ~ ' and _parent_' ~ loop.index ~ ' is null' ~ some ~ ')',
        filled ~ ' and ' ~ parent.column ~ ' not in (select ' ~ parent.field ~ ' from ' ~ parent.to ~ ')' ~ some,
    )) -%}
{%- endfor -%}

with judged as (
    select
        {%- for _, count, _ in checks %}
        {{ count }} as broken_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ model }}
    {%- for parent in parents %}
    left join (select distinct {{ parent.field }} as _parent_{{ loop.index }} from {{ parent.to }})
        on {{ parent.column }} = _parent_{{ loop.index }}
    {%- endfor %}
)

select
    rule,
    broken_rows,
    '{{ model }}' as relation,
    condition
from judged
lateral view stack(
    {{ checks | length }},
    {%- for rule, _, condition in checks %}
    {{ quoted(rule) }}, broken_{{ loop.index }}, {{ quoted(condition) }}{{ ',' if not loop.last }}
    {%- endfor %}
) as rule, broken_rows, condition
where broken_rows > 0
{% endtest %}
