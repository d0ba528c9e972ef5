{#- What the feeds of some topics measure, in the columns that mart_field_indicator joins. A table for a few topics each, so
    that a feed that changes has only its own planned and read again. -#}
{% macro measured(topics) -%}
    {%- for topic in topics %}
    select
        indicator,
        area_kind,
        area_code,
        area_name,
        -- a topic that never has one of these gives it no type
        coalesce(station_network, nullif('', '')) as station_network,
        period_start,
        value,
        coalesce(values_counted, nullif(0L, 0L)) as values_counted,
        coalesce(values_expected, nullif(0L, 0L)) as values_expected,
        coalesce(implausible, nullif(0L, 0L)) as implausible,
        source_feed
    from {{ ref('int_action_fields__measure_' ~ topic) }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
{%- endmacro %}
