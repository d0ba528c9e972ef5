with shown as (
    select
        ags,
        period,
        target_group,
        competence_area,
        assessed_on,
        method,
        invited,
        target_level,
        fictitious,
        coalesce(respondents < 3, true) as is_suppressed,
        -- withheld before anything is computed, so that no difference or share gives it away
        case when respondents >= 3 then respondents end as respondents,
        case when respondents >= 3 then level end as level
    from {{ ref('stg_vest__competence') }}
),

compared as (
    select
        *,
        lag(period) over history as period_before,
        lag(method) over history as method_before,
        lag(level) over history as level_before
    from shown
    window history as (partition by ags, target_group, competence_area order by period)
)

select
    compared.ags,
    {{ administration_name('compared.ags', 'city.name') }} as name,
    compared.period,
    compared.period = max(compared.period) over (partition by compared.ags, compared.target_group) as is_latest,
    compared.target_group,
    compared.competence_area,
    compared.assessed_on,
    compared.method,
    compared.invited,
    compared.respondents,
    {{ percent('compared.respondents', 'compared.invited') }} as response_pct,
    compared.level,
    compared.target_level,
    compared.target_level - compared.level as distance_to_target,
    compared.period_before,
    compared.level_before,
    compared.level - compared.level_before as level_change,
    coalesce(compared.method <> compared.method_before, false) as is_method_break,
    compared.is_suppressed,
    compared.fictitious
from compared
left join {{ ref('dim_municipality') }} as city on compared.ags = city.ags
