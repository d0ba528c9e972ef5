-- A product is one product however it is spelt in small and capital letters.
with named as (
    select
        report.period,
        report.leika_key,
        report.ags,
        coalesce(city.name, '{{ var("kreis_name") }}') as name,
        report.as_of_date,
        report.fictitious,
        kind,
        tool,
        {{ listed('shared_with') }} as shared_with
    from {{ ref('stg_vest__ozg_self_report') }} as report
    left join {{ ref('dim_municipality') }} as city on report.ags = city.ags and city.is_vest
        lateral view stack(
            2,
            'product', report.software_product, report.software_shared_with,
            'portal', case when report.online then report.portal end, null
        ) as kind, tool, shared_with
    where report.responsible and tool is not null
),

gathered as (
    select
        leika_key,
        period,
        kind,
        min(tool) as tool,
        max(as_of_date) as as_of_date,
        array_sort(collect_list(struct(ags, name))) as users,
        array_sort(array_distinct(flatten(collect_list(shared_with)))) as shared_with,
        count(*) as administrations,
        bool_or(fictitious) as fictitious
    from named
    group by leika_key, period, kind, lower(tool)
),

-- Own portals of several administrations are several portals.
compared as (
    select
        *,
        sum(case when tool = 'own_portal' then administrations else 1 end)
            over (partition by leika_key, period, kind) as tools_for_service,
        period = max(period) over () as is_latest
    from gathered
)

select
    compared.leika_key,
    service.service_name,
    compared.period,
    compared.as_of_date,
    compared.kind,
    compared.tool,
    compared.administrations,
    compared.users.ags as users_ags,
    compared.users.name as users_names,
    compared.shared_with as shared_with_ags,
    array_except(compared.shared_with, compared.users.ags) as unconfirmed_ags,
    compared.administrations > 1 and compared.tool not in ('own_portal', 'other_portal') as is_shared,
    compared.tools_for_service,
    compared.tools_for_service > 1 as is_doubled,
    compared.is_latest,
    compared.fictitious
from compared
left join {{ ref('dim_service') }} as service on compared.leika_key = service.leika_key
