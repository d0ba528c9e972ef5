with told as (
    select
        *,
        array_position(
            array('idea', 'concept', 'proof_of_concept', 'mvp', 'vertical_scaling', 'horizontal_scaling'), phase
        ) as phase_number,
        -- NULL unless all five are there
        effect_points + organisation_points + technology_points + resources_points + law_points as transferability_points,
        coalesce({{ listed('interested') }}, array()) as interested_ags,
        coalesce({{ listed('adopters') }}, array()) as adopter_ags
    from {{ ref('stg_vest__lighthouse') }}
),

compared as (
    select
        *,
        lag(period) over history as period_before,
        lag(phase) over history as phase_before,
        lag(phase_number) over history as phase_number_before
    from told
    window history as (partition by ags, lighthouse_id order by period)
)

select
    seen.ags,
    {{ administration_name('seen.ags', 'city.name') }} as name,
    seen.period,
    seen.period = max(seen.period) over (partition by seen.ags) as is_latest,
    seen.lighthouse_id,
    seen.title,
    seen.place,
    seen.found_in,
    seen.source_url,
    seen.found_on,
    seen.action_field,
    seen.summary,
    seen.phase,
    seen.phase_number,
    seen.period_before,
    seen.phase_before,
    coalesce(
        seen.phase_number - seen.phase_number_before
        not between 0 and year({{ period_begin('seen.period') }}) - year({{ period_begin('seen.period_before') }}),
        false
    ) as is_illegal_phase_jump,
    seen.contacted_on,
    seen.assessed_on,
    seen.effect_points,
    seen.organisation_points,
    seen.technology_points,
    seen.resources_points,
    seen.law_points,
    seen.transferability_points,
    {{ percent('seen.transferability_points', 20) }} as transferability_pct,
    seen.local_conditions,
    seen.recommendation,
    seen.reason,
    seen.interested_ags,
    size(seen.interested_ags) as interested_count,
    seen.adopter_ags,
    size(seen.adopter_ags) as adopter_count,
    seen.adopted_on,
    seen.fictitious
from compared as seen
left join {{ ref('dim_municipality') }} as city on seen.ags = city.ags
