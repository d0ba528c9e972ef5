with reported as (
    select
        *,
        max(period) over (partition by ags) as newest_period
    from {{ ref('stg_vest__ozg_self_report') }}
),

compared as (
    select
        coalesce(reported.leika_key, dashboard.leika_key) as leika_key,
        coalesce(reported.ags, dashboard.ags) as ags,
        reported.period,
        reported.as_of_date as self_report_as_of_date,
        max(dashboard.as_of_date) over () as dashboard_as_of_date,
        reported.responsible,
        reported.online as self_report_online,
        reported.online_url,
        dashboard.is_online as dashboard_online,
        dashboard.has_own_row as dashboard_has_own_row,
        dashboard.is_own_online,
        dashboard.online_level as dashboard_online_level,
        coalesce(reported.fictitious, false) as fictitious
    from (select * from reported where period = newest_period) as reported
    full join (select * from {{ ref('int_ozg__judge_dashboard') }} where is_listed) as dashboard
        on reported.leika_key = dashboard.leika_key and reported.ags = dashboard.ags
    where reported.leika_key is not null or dashboard.has_own_row
),

judged as (
    select
        *,
        case
            when self_report_online is null then 'not_reported'
            when not responsible and is_own_online then 'not_responsible'
            when not responsible then 'other_body'
            when self_report_online and dashboard_online is null then 'not_listed'
            when self_report_online and dashboard_online then 'both_online'
            when self_report_online then 'only_self_report'
            when dashboard_online then 'only_dashboard'
            else 'both_offline'
        end as verdict
    from compared
    -- Nothing to compare before the dashboard was fetched once.
    where dashboard_as_of_date is not null
)

select
    judged.leika_key,
    service.service_name,
    judged.ags,
    coalesce(city.name, '{{ var("kreis_name") }}') as name,
    judged.period,
    judged.self_report_as_of_date,
    judged.dashboard_as_of_date,
    judged.responsible,
    judged.self_report_online,
    judged.online_url,
    judged.dashboard_online,
    judged.dashboard_has_own_row,
    judged.dashboard_online_level,
    judged.verdict,
    judged.verdict in ('only_self_report', 'only_dashboard', 'not_listed', 'not_responsible') as is_disagreement,
    judged.fictitious
from judged
left join {{ ref('dim_service') }} as service on judged.leika_key = service.leika_key
left join {{ ref('dim_municipality') }} as city on judged.ags = city.ags and city.is_vest
