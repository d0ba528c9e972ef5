{#- Every definition: code, unit, maturity model, whether only the region as a whole has it, its numerator and denominator
    below, and what it says of the self-report and of the dashboard (none where the dashboard cannot tell). -#}
{%- set of_services = ', von allen Leistungen, für die mindestens eine Stadt zuständig ist' -%}
{%- set of_offers = ', von allen Leistungen, für die die jeweilige Verwaltung zuständig ist' -%}
{%- set of_judged = of_offers ~ ' und die sie nach diesem Modell eingestuft hat' -%}
{%- set of_listed = ', von allen Leistungen, die das Dashboard für die Region führt' -%}
{%- set definitions = [
    (
        'bundle_online_in_one_city', 'bundle', none, true, 'bundles_online', 'bundles',
        'OZG-Leistungsbündel mit einer Leistung, die in mindestens einer Stadt online ist'
        ~ ', von allen Bündeln mit einer Leistung, für die eine Stadt zuständig ist',
        'OZG-Leistungsbündel mit einer Leistung, die in mindestens einer Stadt online nutzbar ist'
        ~ ', von allen Bündeln, die das Dashboard für die Region führt',
    ),
    (
        'online_in_one_city', 'service', none, true, 'services_online', 'services',
        'Leistungen, die in mindestens einer Stadt online sind' ~ of_services,
        'Leistungen, die in mindestens einer Stadt online nutzbar sind' ~ of_listed,
    ),
    (
        'online_where_responsible', 'service', none, true, 'services_online_where_responsible', 'services',
        'Leistungen, die in allen Städten online sind, die sich als zuständig gemeldet haben, wobei fehlende Meldungen außer'
        ~ ' Betracht bleiben' ~ of_services,
        none,
    ),
    (
        'online_everywhere', 'service', none, true, 'services_online_everywhere', 'services',
        'Leistungen, die flächendeckend online sind: alle zehn Städte haben sich zu ihr gemeldet und alle zuständigen bieten sie'
        ~ ' online an (99 Prozent zählen als nein)' ~ of_services,
        'Leistungen, die in allen zehn Städten online nutzbar sind (99 Prozent zählen als nein)' ~ of_listed,
    ),
    (
        'online_by_inhabitants', 'inhabitant_service', none, true, 'inhabitants_online', 'inhabitants_served',
        'Einwohnerinnen und Einwohner mal Leistungen, die ihre Stadt online anbietet'
        ~ ', von Einwohnerinnen und Einwohnern mal Leistungen, für die ihre Stadt zuständig ist',
        'Einwohnerinnen und Einwohner mal Leistungen, die in ihrer Stadt online nutzbar sind'
        ~ ', von Einwohnerinnen und Einwohnern mal Leistungen, die das Dashboard für die Region führt',
    ),
    (
        'online', 'offer', none, false, 'offers_online', 'offers',
        'Leistungen je Verwaltung, die online beantragt werden können' ~ of_offers,
        'Leistungen je Verwaltung, die online nutzbar sind' ~ of_listed
        ~ ' (beim Kreis von denen, zu denen er einen eigenen Eintrag hat)',
    ),
    (
        'online_only', 'offer', none, false, 'offers_online_only', 'offers',
        'Leistungen je Verwaltung, die online beantragt, aber intern nicht durchgängig digital bearbeitet werden' ~ of_offers,
        none,
    ),
    (
        'online_and_processed', 'offer', none, false, 'offers_processed', 'offers',
        'Leistungen je Verwaltung, die online beantragt und intern durchgängig digital bearbeitet werden' ~ of_offers,
        none,
    ),
    (
        'maturity_1_1_from_3', 'offer', '1.1', false, 'offers_1_1_from_3', 'offers_1_1',
        'Leistungen je Verwaltung mit Reifegrad 3 oder höher nach Modell 1.1 (OZG-konform)' ~ of_judged,
        none,
    ),
    (
        'maturity_2_0_from_3', 'offer', '2.0', false, 'offers_2_0_from_3', 'offers_2_0',
        'Leistungen je Verwaltung mit Reifegrad 3 oder höher nach Modell 2.0 (Antrag vollständig digital)' ~ of_judged,
        none,
    ),
    (
        'maturity_2_0_from_4', 'offer', '2.0', false, 'offers_2_0_from_4', 'offers_2_0',
        'Leistungen je Verwaltung mit Reifegrad 4 oder höher nach Modell 2.0 (auch in der Verwaltung digital)' ~ of_judged,
        none,
    ),
] -%}
with stated as (
    select
        'self_report' as source,
        period,
        as_of_date,
        ags,
        leika_key,
        nullif('', '') as dashboard_ozg_id,
        responsible,
        responsible and online as online,
        processed_digitally,
        maturity_model,
        maturity,
        fictitious
    from {{ ref('stg_vest__ozg_self_report') }}

    union all

    -- It does not say who is responsible: every service that it lists for the region counts for every city, and for the
    -- Kreis those of which it has a row of its own.
    select
        'dashboard' as source,
        concat(year(as_of_date), case when month(as_of_date) <= 6 then '-H1' else '-H2' end) as period,
        as_of_date,
        ags,
        leika_key,
        ozg_id as dashboard_ozg_id,
        true as responsible,
        is_online as online,
        null as processed_digitally,
        null as maturity_model,
        null as maturity,
        false as fictitious
    from {{ ref('int_ozg__judge_dashboard') }}
    where has_own_row or ags <> '{{ var("kreis_ags") }}000'
),

-- Each offer with what all cities together say of its service. Services of the Kreis stay apart.
placed as (
    select
        stated.*,
        city.name,
        city.inhabitants,
        coalesce(service.ozg_id, stated.dashboard_ozg_id) as ozg_id,
        count(*) over service as cities,
        count(case when stated.responsible then 1 end) over service as responsible_cities,
        count(case when stated.online then 1 end) over service as online_cities,
        row_number() over (
            partition by stated.source, stated.period, city.ags is not null, stated.leika_key
            order by stated.ags
        ) as position_in_service,
        case when city.ags is null then array(stated.ags) else array(stated.ags, '{{ var("kreis_ags") }}') end as areas
    from stated
    left join {{ ref('dim_municipality') }} as city on stated.ags = city.ags and city.is_vest
    left join {{ ref('dim_service') }} as service on stated.leika_key = service.leika_key
    window service as (partition by stated.source, stated.period, city.ags is not null, stated.leika_key)
),

gathered as (
    select
        area as ags,
        source,
        period,
        max(as_of_date) as as_of_date,
        max(name) as name,
        size(collect_set(ags)) as administrations_reporting,
        bool_or(fictitious) as fictitious,
        count(case when responsible then 1 end) as offers,
        count(case when online then 1 end) as offers_online,
        count(case when online and not processed_digitally then 1 end) as offers_online_only,
        count(case when online and processed_digitally then 1 end) as offers_processed,
        count(case when responsible and maturity_model = '1.1' then 1 end) as offers_1_1,
        count(case when responsible and maturity_model = '1.1' and maturity >= 3 then 1 end) as offers_1_1_from_3,
        count(case when responsible and maturity_model = '2.0' then 1 end) as offers_2_0,
        count(case when responsible and maturity_model = '2.0' and maturity >= 3 then 1 end) as offers_2_0_from_3,
        count(case when responsible and maturity_model = '2.0' and maturity >= 4 then 1 end) as offers_2_0_from_4,
        sum(case when responsible then inhabitants else 0 end) as inhabitants_served,
        sum(case when online then inhabitants else 0 end) as inhabitants_online,
        count(case when position_in_service = 1 and responsible_cities > 0 then 1 end) as services,
        count(case when position_in_service = 1 and online_cities > 0 then 1 end) as services_online,
        count(
            case when position_in_service = 1 and responsible_cities > 0 and online_cities = responsible_cities then 1 end
        ) as services_online_where_responsible,
        count(
            case
                when position_in_service = 1 and responsible_cities > 0 and online_cities = responsible_cities and cities = 10
                    then 1
            end
        ) as services_online_everywhere,
        -- As long as the other counts. A distinct count would read all rows twice more.
        0L + size(collect_set(case when responsible then ozg_id end)) as bundles,
        0L + size(collect_set(case when online then ozg_id end)) as bundles_online
    from placed
        lateral view explode(areas) as area
    group by area, source, period
),

defined as (
    select
        *,
        case
            when ags = '{{ var("kreis_ags") }}' then 'district'
            when name is null then 'district_administration'
            else 'city'
        end as level,
        period = max(period) over (partition by source, ags) as is_latest
    from gathered
        lateral view stack(
            {{ definitions | length }},
            {%- for code, unit, model, regional, part, whole, self_report_de, dashboard_de in definitions %}
            '{{ code }}', '{{ unit }}', {{ "'" ~ model ~ "'" if model else 'null' }}, {{ regional }}, {{ part }}, {{ whole }},
            '{{ self_report_de }}', {{ "'" ~ dashboard_de ~ "'" if dashboard_de else 'null' }}{{ ',' if not loop.last }}
            {%- endfor %}
        ) as definition, unit, maturity_model, is_regional, numerator, denominator, self_report_de, dashboard_de
)

select
    ags,
    case when level = 'city' then name else '{{ var("kreis_name") }}' end as name,
    level,
    definition,
    case when source = 'dashboard' then dashboard_de else self_report_de end as definition_de,
    source,
    period,
    as_of_date,
    maturity_model,
    unit,
    numerator,
    denominator,
    {{ percent('numerator', 'denominator') }} as pct,
    administrations_reporting,
    is_latest,
    fictitious
from defined
where
    (level = 'district' or not is_regional)
    and (source = 'self_report' or dashboard_de is not null)
    and (maturity_model is null or denominator > 0)
