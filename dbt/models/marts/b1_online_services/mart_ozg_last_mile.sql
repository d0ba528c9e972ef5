with gathered as (
    select
        report.leika_key,
        report.period,
        max(report.as_of_date) as as_of_date,
        count(*) as cities_told,
        count(case when report.responsible then 1 end) as cities_responsible,
        count(case when report.responsible and report.online then 1 end) as cities_online,
        array_sort(
            collect_list(case when report.responsible and not report.online then struct(city.ags, city.name) end)
        ) as missing,
        array_sort(
            collect_list(case when report.responsible and report.online then struct(city.ags, city.name) end)
        ) as provided,
        array_sort(
            collect_set(case when report.responsible and report.online then report.software_product end)
        ) as software_products,
        array_sort(collect_set(case when report.responsible and report.online then report.portal end)) as portals,
        sum(case when report.responsible then city.inhabitants end) as inhabitants,
        sum(case when report.responsible and not report.online then city.inhabitants end) as inhabitants_affected,
        report.period = max(report.period) over () as is_latest,
        bool_or(report.fictitious) as fictitious
    from {{ ref('stg_vest__ozg_self_report') }} as report
    inner join {{ ref('dim_municipality') }} as city on report.ags = city.ags and city.is_vest
    group by report.leika_key, report.period
)

select
    gathered.leika_key,
    service.service_name,
    gathered.period,
    gathered.as_of_date,
    gathered.cities_responsible,
    gathered.cities_online,
    gathered.cities_responsible - gathered.cities_online as cities_missing,
    10 - gathered.cities_told as cities_silent,
    gathered.missing.ags as missing_ags,
    gathered.missing.name as missing_names,
    gathered.provided.ags as online_ags,
    gathered.provided.name as online_names,
    gathered.software_products,
    gathered.portals,
    gathered.inhabitants_affected,
    {{ percent('gathered.inhabitants_affected', 'gathered.inhabitants') }} as inhabitants_affected_pct,
    gathered.is_latest,
    gathered.fictitious
from gathered
left join {{ ref('dim_service') }} as service on gathered.leika_key = service.leika_key
where gathered.cities_online > 0 and gathered.cities_responsible - gathered.cities_online between 1 and 2
