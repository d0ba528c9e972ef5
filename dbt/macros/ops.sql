{#- What the lakehouse wrote down of its own work, and what is declared of the feeds that it is about. -#}

{#- `from {{ ops('deliveries') }}`: the table as of its pinned version; no rows before anything was written. -#}
{% macro ops(table) -%}
    {%- set name = 'ops__' ~ table -%}
    {%- set _ = source('ops', name) -%}
    {%- set version = pinned_version(name) -%}
    {%- if not execute -%}
        {{ name }}
    {%- elif version == 0 -%}
        {{ no_rows(name) }}
    {%- else -%}
        delta.`{{ declared(name).location }}` version as of {{ version }}
    {%- endif -%}
{%- endmacro %}

{#- `meta` of a dbt source; empty while dbt only parses. -#}
{% macro declared(name) %}
    {%- set found = graph.sources.values() | selectattr('name', 'equalto', name) | list if execute else [] -%}
    {{ return(found[0].meta if found else {}) }}
{% endmacro %}

{#- The feeds of which a delivery may be written down, as rows. promised_seconds: how long after one publication the
    next is due, grace included. -#}
{% macro declared_feeds() -%}
    (
        select
            feed,
            feed_title,
            owner,
            delivered_as,
            schedule,
            cadence_days,
            grace_days,
            promised_seconds,
            fictitious
        from
            values
            {%- for feed, its in declared('ops__deliveries').get('feeds', {}).items() %}
            (
                {{ quoted(feed) }},
                {{ quoted(its.title) }},
                {{ quoted(its.owner) }},
                {{ quoted(its.delivered_as) }},
                {{ quoted(its.schedule) if its.schedule else 'null' }},
                {{ 'null' if its.cadence_days is none else its.cadence_days ~ 'D' }},
                {{ 'null' if its.grace_days is none else its.grace_days ~ 'D' }},
                {{ 'null' if its.cadence_days is none else ((its.cadence_days + its.grace_days) * 86400) | int }},
                {{ its.fictitious | lower }}
            ){{ ',' if not loop.last }}
            {%- else %}
            ('', '', '', '', '', 0D, 0D, 0, false)
            {%- endfor %}
            as feeds (
                feed,
                feed_title,
                owner,
                delivered_as,
                schedule,
                cadence_days,
                grace_days,
                promised_seconds,
                fictitious
            )
        where feed <> ''
    )
{%- endmacro %}

{#- The workbooks that administrations fill, as rows: of which periods, from which year on, and due how many days later. -#}
{% macro declared_workbooks() -%}
    {%- set workbooks = {} -%}
    {%- for its in declared('ops__deliveries').get('feeds', {}).values() if its.workbook -%}
        {%- do workbooks.update({its.delivered_as: its}) -%}
    {%- endfor -%}
    (
        select
            workbook,
            workbook_title,
            owner,
            since,
            period_endings,
            due_days,
            fictitious
        from
            values
            {%- for workbook, its in workbooks.items() %}
            (
                {{ quoted(workbook) }},
                {{ quoted(its.delivered_title) }},
                {{ quoted(its.owner) }},
                {{ its.workbook.since }},
                {{ "array('-H1', '-H2')" if its.workbook.period == 'half_year' else "array('')" }},
                {{ its.workbook.due_days }},
                {{ its.fictitious | lower }}
            ){{ ',' if not loop.last }}
            {%- else %}
            ('', '', '', 0, array(''), 0, false)
            {%- endfor %}
            as workbooks (workbook, workbook_title, owner, since, period_endings, due_days, fictitious)
        where workbook <> ''
    )
{%- endmacro %}

{#- The administrations that fill them, as rows. -#}
{% macro declared_administrations() -%}
    (
        select
            ags,
            name
        from
            values
            {%- for ags, name in declared('ops__deliveries').get('administrations', {}).items() %}
            ({{ quoted(ags) }}, {{ quoted(name) }}){{ ',' if not loop.last }}
            {%- else %}
            ('', '')
            {%- endfor %}
            as administrations (ags, name)
        where ags <> ''
    )
{%- endmacro %}

{#- The German label of a code that the lakehouse itself wrote down. -#}
{% macro own_label(column_name, code) -%}
    case {{ code }}
        {%- for value, label in declared('ops__deliveries').get('codes', {}).get(column_name, {}).items() %}
        when {{ quoted(value) }} then {{ quoted(label) }}
        {%- else %}
        when '' then ''
        {%- endfor %}
    end
{%- endmacro %}
