{#- Name of an administration that fills in workbooks: a city as in the list of municipalities, or the Kreis, which the
    list of municipalities does not hold and whose AGS ends in 000 here. -#}
{% macro administration_name(ags, city_name) -%}
    case when {{ ags }} = '{{ var("kreis_ags") }}000' then '{{ var("kreis_name") }}' else {{ city_name }} end
{%- endmacro %}
