{#- How models read silver: only at the pinned version, and incremental marts only what changed since the release. -#}

{#- A version number out of a runner's var; anything but digits is refused before it reaches SQL. -#}
{% macro _version(pins, feed) %}
    {%- set version = pins.get(feed) -%}
    {%- if version is none -%}
        {{ return(none) }}
    {%- elif not (version | string).isdigit() -%}
        {{ exceptions.raise_compiler_error("The pin of silver." ~ feed ~ " must be a number, not '" ~ version ~ "'") }}
    {%- endif -%}
    {{ return(version | int) }}
{% endmacro %}

{% macro pinned_version(feed) %}
    {%- set version = _version(var('pins', {}), feed) -%}
    {%- if version is none and execute -%}
        {{ exceptions.raise_compiler_error("No pin for silver." ~ feed ~ ": pass --vars '{pins: {" ~ feed ~ ": 0}}'") }}
    {%- endif -%}
    {{ return(version) }}
{% endmacro %}

{% macro released_version(feed) %}
    {{ return(_version(var('released_pins', {}), feed)) }}
{% endmacro %}

{#- `from {{ silver('uba__air_quality_hour') }}`: the table as of the pinned version. -#}
{% macro silver(feed) -%}
    {{ source('silver', feed) }} version as of {{ pinned_version(feed) }}
{%- endmacro %}

{#- For `full_refresh=` of an incremental mart: true where nothing was released yet or the pin went back; else none, so
    that --full-refresh on the command line still counts. -#}
{% macro rebuild_or_none(feed) %}
    {%- set released = released_version(feed) -%}
    {%- set pinned = _version(var('pins', {}), feed) -%}
    {{ return(true if released is none or pinned is none or released > pinned else none) }}
{% endmacro %}

{#- The rows of silver that changed since the released version, as they are at the pin: those of the deliveries that
    changed a row, which carry their delivery's id, so that only files with such rows are opened. Only behind
    is_incremental(). -#}
{% macro silver_changes(feed) -%}
    select *
    from {{ silver(feed) }}
    where
    {%- set deliveries = var('changed_deliveries', {}).get(feed, []) %}
    {%- for delivery in deliveries %}
        {%- if not modules.re.fullmatch('[0-9]{8}T[0-9]{12}Z-[0-9a-f]{12}', delivery) -%}
            {{ exceptions.raise_compiler_error("'" ~ delivery ~ "' is not the id of a delivery of " ~ feed) }}
        {%- endif -%}
    {%- endfor %}
    {{ "_delivery_id in ('" ~ deliveries | join("', '") ~ "')" if deliveries else 'false' }}
{%- endmacro %}
