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

{#- Rows of the change feed after the released version up to the pin, with _change_type and _commit_version; only behind
    is_incremental(). table_changes refuses an empty range, so equal versions read one version and keep none of it. -#}
{% macro silver_changes(feed) -%}
    {%- set released = released_version(feed) -%}
    {%- set pinned = pinned_version(feed) -%}
    {%- if released < pinned -%}
    table_changes('{{ source('silver', feed) }}', {{ released + 1 }}, {{ pinned }})
    {%- else -%}
    (select * from table_changes('{{ source('silver', feed) }}', {{ pinned }}, {{ pinned }}) where false)
    {%- endif -%}
{%- endmacro %}

{#- The changed rows as they are now. A row that vanished from silver cannot be merged away, so it stops the build. -#}
{% macro latest_silver_changes(feed, key) -%}
    select *
    from (
        select
            *,
            row_number() over (
                partition by {{ key | join(', ') }}
                order by _commit_version desc, _change_type = 'delete'
            ) as _recency
        from {{ silver_changes(feed) }}
        where _change_type <> 'update_preimage'
    )
    where
        _recency = 1
        and if(
            _change_type = 'delete',
            raise_error('silver.{{ feed }} lost rows since the release: build without a released_pins entry for it'),
            true
        )
{%- endmacro %}
