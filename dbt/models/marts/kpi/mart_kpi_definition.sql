{%- for kpi in kpis() %}
select
    '{{ kpi.kpi }}' as kpi,
    {{ kpi.version }} as definition_version,
    date '{{ kpi.valid_from }}' as valid_from,
    nullif(date '{{ kpi.valid_until or "1000-01-01" }}', date '1000-01-01') as valid_until,
    '{{ kpi.theme }}' as theme,
    {{ quoted(kpi.field) }} as action_field,
    {{ quoted(kpi.title_de) }} as title_de,
    {{ quoted(kpi.numerator_de) }} as numerator_de,
    {{ quoted(kpi.denominator_de) }} as denominator_de,
    {{ quoted(kpi.unit_de) }} as unit_de,
    {{ kpi.factor }} as factor,
    '{{ kpi.mart }}' as mart,
    {{ quoted(kpi.numerator) }} as numerator_sql,
    {{ quoted(kpi.denominator) }} as denominator_sql,
    {{ quoted(kpi.where) }} as filter_sql,
    {{ kpi.worst }} as index_0_at,
    {{ kpi.best }} as index_100_at,
    {{ quoted(kpi.reference_de) }} as reference_de,
    {{ quoted(kpi.u4ssc) }} as u4ssc,
    {{ quoted(kpi.bitkom) }} as bitkom
{%- if not loop.last %}

union all
{% endif %}
{%- endfor %}
