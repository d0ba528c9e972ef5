{%- for mention in var('place_mentions') %}
{{ match_places(mention) }}
{%- if not loop.last %}

union all
{% endif -%}
{% endfor %}
