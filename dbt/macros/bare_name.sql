{#- A municipality's name without the title that it bears in front of it ("Stadt Marl"), as `match_places` wants it.
    "Kreis" stays: "Kreis Recklinghausen" is not Recklinghausen. -#}
{% macro bare_name(column) -%}
    regexp_replace({{ column }}, '^(?:Hanse- und Universitätsstadt|Landeshauptstadt|Hansestadt|Kreisstadt|Stadt|Gemeinde) ', '')
{%- endmacro %}
