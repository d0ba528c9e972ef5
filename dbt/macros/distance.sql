{#- Kilometres along the surface of the Earth between two places in degrees that do not lie opposite each other (haversine,
    mean radius of the IUGG); NULL where a place is not known. -#}
{% macro kilometres(latitude, longitude, to_latitude, to_longitude) -%}
    2 * 6371.0088D * asin(sqrt(
        power(sin(0.5D * radians({{ to_latitude }} - {{ latitude }})), 2)
        + cos(radians({{ latitude }})) * cos(radians({{ to_latitude }}))
        * power(sin(0.5D * radians({{ to_longitude }} - {{ longitude }})), 2)
    ))
{%- endmacro %}
