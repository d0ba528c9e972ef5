{#- Rows whose key is incomplete or occurs more than once: `unique` and `not_null` of a compound key in one scan. -#}
{% test primary_key(model, columns) %}
select
    {{ columns | join(', ') }},
    count(*) as records
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1 or {% for column in columns %}{{ column }} is null{{ ' or ' if not loop.last }}{% endfor %}
{% endtest %}
