-- What the registry defines, and nothing else. An area of the region is the sum of its cities' parts, not a mean of their values.
with parts as (
    {%- for kpi in kpis() %}
    select
        '{{ kpi.kpi }}' as kpi,
        {{ kpi.version }} as definition_version,
        ags,
        {{ kpi.period or 'period' }} as period,
        {{ kpi.numerator }} as numerator,
        {{ kpi.denominator }} as denominator,
        {{ 'bool_or(fictitious)' if kpi.fictitious | default(true) else 'false' }} as fictitious,
        {{ kpi.factor }} as factor,
        {{ kpi.worst }} as worst,
        {{ kpi.best }} as best
    from {{ ref(kpi.mart) }}
    where {{ kpi.where or 'true' }}
    group by ags, {{ kpi.period or 'period' }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

areas as (
    select
        parts.*,
        area
    from parts
    lateral view
        explode(
            case
                when ags = '{{ var("kreis_ags") }}000' then array(ags)
                else array(ags, '{{ var("kreis_ags") }}')
            end
        ) as area
)

select
    areas.kpi,
    areas.definition_version,
    areas.area as ags,
    case areas.area
        when '{{ var("kreis_ags") }}' then '{{ var("kreis_name") }}'
        else {{ administration_name('areas.area', 'max(city.name)') }}
    end as name,
    case areas.area
        when '{{ var("kreis_ags") }}' then 'district'
        when '{{ var("kreis_ags") }}000' then 'district_administration'
        else 'city'
    end as level,
    areas.period,
    sum(areas.numerator) as numerator,
    sum(areas.denominator) as denominator,
    {{ ratio('max(areas.factor) * sum(areas.numerator)', 'sum(areas.denominator)') }} as value,
    {{ min_max(ratio('max(areas.factor) * sum(areas.numerator)', 'sum(areas.denominator)'), 'max(areas.worst)', 'max(areas.best)') }}
        as index_points,
    count(distinct areas.ags) as administrations,
    bool_or(areas.fictitious) as fictitious
from areas
left join {{ ref('dim_municipality') }} as city on areas.area = city.ags
group by areas.kpi, areas.definition_version, areas.area, areas.period
