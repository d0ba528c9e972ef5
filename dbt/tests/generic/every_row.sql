{#- Rows that break a rule, with the rules they break. A rule is a SQL condition over one row; one that is NULL is
    broken, so a rule on a column also says that it is filled. One scan for all rules of a table, because each test
    costs about a second, however small. -#}
{% test every_row(model, rules) %}
with judged as (
    select
        *,
        array_compact(array(
            {% for rule in rules %}
            case when not coalesce({{ rule }}, false) then '{{ rule | replace("'", "\\'") }}' end
            {{- ',' if not loop.last }}
            {% endfor %}
        )) as broken_rules
    from {{ model }}
)

select *
from judged
where size(broken_rules) > 0
{% endtest %}
