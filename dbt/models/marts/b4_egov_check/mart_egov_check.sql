with judged as (
    select
        *,
        row_number() over (partition by ags, task order by checked_on) as check_number,
        lead(checked_on) over (partition by ags, task order by checked_on) is null as is_latest,
        -- nothing but a provision that is named justifies a deviation
        result <> 'digital' and not coalesce(deviation_reason = 'legal' and trim(legal_provision) <> '', false) as is_violation
    from {{ ref('stg_vest__egov_check') }}
),

named as (
    select
        judged.*,
        {{ administration_name('judged.ags', 'city.name') }} as name
    from judged
    left join {{ ref('dim_municipality') }} as city on judged.ags = city.ags
)

select
    ags,
    name,
    period,
    task,
    checked_on,
    check_number,
    is_latest,
    title,
    kind,
    action_field,
    responsible_unit,
    result,
    result = 'digital' as is_digital_by_default,
    deviation_reason,
    legal_provision,
    review_on,
    is_violation,
    case
        when is_violation
            then concat(
                name,
                ': „',
                title,
                '“ (',
                task,
                ', geprüft am ',
                date_format(checked_on, 'dd.MM.yyyy'),
                ') wird ',
                case result when 'partly_digital' then 'nur teilweise' else 'nicht' end,
                ' digital umgesetzt, ohne dass eine Rechtsvorschrift dazu zwingt; ',
                case deviation_reason
                    when 'legal' then 'als Grund ist eine Rechtsvorschrift angegeben, aber keine benannt.'
                    when 'technical' then 'als Grund ist die Technik angegeben.'
                    when 'financial' then 'als Grund sind die Kosten angegeben.'
                    when 'organisational' then 'als Grund ist die Organisation angegeben.'
                    else 'ein Grund ist nicht angegeben.'
                end
            )
    end as violation_de,
    fictitious
from named
