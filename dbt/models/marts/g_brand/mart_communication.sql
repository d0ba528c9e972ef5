select
    told.ags,
    {{ administration_name('told.ags', 'city.name') }} as name,
    told.period,
    told.communication_id,
    told.title,
    told.channel,
    told.published_on,
    told.brand_used as is_under_brand,
    {{ listed('told.audiences') }} as audiences,
    {{ listed('told.action_fields') }} as action_fields,
    {{ listed('told.participating_ags') }} as participating_ags,
    told.participation_id,
    told.reach_measure,
    -- a column per measure, so that no sum adds views to copies
    {% for measure in ('page_views', 'contacts', 'recipients', 'copies', 'clippings') -%}
    case told.reach_measure when '{{ measure }}' then told.reach end as {{ measure }},
    {% endfor -%}
    told.url,
    told.fictitious
from {{ ref('stg_vest__communication') }} as told
left join {{ ref('dim_municipality') }} as city on told.ags = city.ags
