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

{#- `from {{ silver('uba__air_quality_hour') }}`: the table as of the pinned version. A table begins empty at version 0,
    and a feed that never came may have none: it is read as no rows of its declared columns. -#}
{% macro silver(feed) -%}
    {%- set table = source('silver', feed) -%}
    {%- set version = pinned_version(feed) -%}
    {%- if version == 0 and execute -%}
        {{ no_rows(feed) }}
    {%- else -%}
        {{ table }} version as of {{ version }}
    {%- endif -%}
{%- endmacro %}

{#- The earliest `observed_at` of what changed in a feed since the release, as a literal: by these Delta leaves whole files
    out, and not by what a subquery gives. It is a statement of its own, on the files of the changes. Of the latest there is
    none: something new changed nearly always. -#}
{% macro oldest_changed(feed) -%}
    {%- set oldest -%}
        select date_format(min(observed_at), 'yyyy-MM-dd HH:mm:ss.SSSSSS')
        from ({{ silver_changes(feed) }})
    {%- endset -%}
    {%- set found = run_query(oldest).columns[0].values()[0] -%}
    timestamp '{{ found or "9999-12-31 00:00:00" }} UTC'
{%- endmacro %}

{#- A source without rows, with its declared columns. -#}
{% macro no_rows(name) -%}
    {%- set declared = graph.sources.values() | selectattr('name', 'equalto', name) | first -%}
    (
        select {% for column in declared.columns.values() -%}
            cast(null as {{ column.data_type }}) as {{ column.name }}{{ ', ' if not loop.last }}
        {%- endfor %}
        where false
    )
{%- endmacro %}

{#- Replaces dbt's own macro of this name: a mart that grows with a feed (`meta.grows_with`, one or several) is built from
    the whole table where nothing was released yet or the pin went back, and where a feed that its other rows depend on
    (`meta.rebuilt_with`) has another pin. As `full_refresh=` it would be decided when the project is parsed, which is done
    before the pins are known. -#}
{% macro should_full_refresh() %}
    {%- set meta = config.get('meta') or {} -%}
    {%- set grows_with = meta.get('grows_with') or [] -%}
    {%- for feed in ([grows_with] if grows_with is string else grows_with) -%}
        {%- set released = released_version(feed) -%}
        {%- if released is none or released > pinned_version(feed) -%}
            {{ return(true) }}
        {%- endif -%}
    {%- endfor -%}
    {%- for feed in meta.get('rebuilt_with', []) if released_version(feed) != pinned_version(feed) -%}
        {{ return(true) }}
    {%- endfor -%}
    {{ return(flags.FULL_REFRESH) }}
{% endmacro %}

{#- Extends the merge of dbt-spark: of a mart with `meta.gone_without` a new row in which this column is NULL says that the
    row with its key is no more. -#}
{% macro spark__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) %}
    {%- set column = (config.get('meta') or {}).get('gone_without') -%}
    {%- if not column -%}
        {{ return(dbt.spark__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates)) }}
    {%- endif -%}
    merge into {{ target }} as held
    using {{ source }} as made
        on {% for key in unique_key %}held.{{ key }} = made.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}
    when matched and made.{{ column }} is null then delete
    when matched then update set *
    when not matched and made.{{ column }} is not null then insert *
{% endmacro %}

{#- The rows of silver that changed since the released version, as they are at the pin: those of the deliveries that
    changed a row, which carry their delivery's id, so that only files with such rows are opened. Only behind
    is_incremental(). -#}
{% macro silver_changes(feed) -%}
    select *
    {#- a name of its own: without one Spark takes `where (false)` for a name and its column #}
    from {{ silver(feed) }} as silver_rows
    where {{ is_changed(feed) }}
{%- endmacro %}

{#- Whether a row of silver is one of those. -#}
{% macro is_changed(feed) -%}
    {%- set id = '[0-9]{8}T[0-9]{12}Z-[0-9a-f]{12}' -%}
    (
    {%- for delivery in var('changed_deliveries', {}).get(feed, []) %}
        {%- if not modules.re.fullmatch(id ~ '([.]{2}' ~ id ~ ')?', delivery) -%}
            {{ exceptions.raise_compiler_error("'" ~ delivery ~ "' is not the id of a delivery of " ~ feed) }}
        {%- endif -%}
        {#- events are named by the span of their deliveries -#}
        {%- set ends = delivery.split('..') -%}
        {{ " or " if not loop.first }}{{ "_delivery_id between '" ~ ends[0] ~ "' and '" ~ ends[-1] ~ "'" }}
    {%- else -%}
        false
    {%- endfor -%}
    )
{%- endmacro %}
