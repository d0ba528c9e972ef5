{#- Groups of the chart of accounts of North Rhine-Westphalian municipalities (NKF); the feeds name only what is below. -#}
{%- set groups = {
    '40': 'Steuern und ähnliche Abgaben',
    '41': 'Zuwendungen und allgemeine Umlagen',
    '42': 'Sonstige Transfererträge',
    '43': 'Öffentlich-rechtliche Leistungsentgelte',
    '44': 'Privatrechtliche Leistungsentgelte, Kostenerstattungen und Kostenumlagen',
    '45': 'Sonstige ordentliche Erträge',
    '46': 'Finanzerträge',
    '47': 'Aktivierte Eigenleistungen und Bestandsveränderungen',
    '48': 'Erträge aus internen Leistungsbeziehungen',
    '49': 'Außerordentliche Erträge',
    '50': 'Personalaufwendungen',
    '51': 'Versorgungsaufwendungen',
    '52': 'Aufwendungen für Sach- und Dienstleistungen',
    '53': 'Transferaufwendungen',
    '54': 'Sonstige ordentliche Aufwendungen',
    '55': 'Zinsen und sonstige Finanzaufwendungen',
    '57': 'Bilanzielle Abschreibungen',
    '58': 'Aufwendungen aus internen Leistungsbeziehungen',
    '59': 'Außerordentliche Aufwendungen',
    '60': 'Steuern und ähnliche Abgaben',
    '61': 'Zuwendungen und allgemeine Umlagen',
    '62': 'Sonstige Transfereinzahlungen',
    '63': 'Öffentlich-rechtliche Leistungsentgelte',
    '64': 'Privatrechtliche Leistungsentgelte, Kostenerstattungen und Kostenumlagen',
    '65': 'Sonstige Einzahlungen aus laufender Verwaltungstätigkeit',
    '66': 'Zinsen und sonstige Finanzeinzahlungen',
    '68': 'Einzahlungen aus Investitionstätigkeit',
    '69': 'Einzahlungen aus Finanzierungstätigkeit',
    '70': 'Personalauszahlungen',
    '71': 'Versorgungsauszahlungen',
    '72': 'Auszahlungen für Sach- und Dienstleistungen',
    '73': 'Transferauszahlungen',
    '74': 'Sonstige Auszahlungen aus laufender Verwaltungstätigkeit',
    '75': 'Zinsen und sonstige Finanzauszahlungen',
    '78': 'Auszahlungen aus Investitionstätigkeit',
    '79': 'Auszahlungen aus Finanzierungstätigkeit',
} -%}
with booked as (
    select
        'it_nrw__municipal_payment' as source_feed,
        'it_nrw' as chart,
        ags,
        year,
        'actual' as kind,
        null as budget_year,
        product,
        account,
        amount_eur
    from {{ ref('stg_it_nrw__municipal_payment') }}
    where not is_total

    union all

    select
        'it_nrw__district_payment' as source_feed,
        'it_nrw' as chart,
        ags,
        year,
        'actual' as kind,
        null as budget_year,
        product,
        account,
        amount_eur
    from {{ ref('stg_it_nrw__district_payment') }}
    where not is_total

    union all

    -- The export fills every column of every item: a zero is what the statistics leave out.
    select
        'wesel__budget' as source_feed,
        'wesel' as chart,
        ags,
        year,
        kind,
        budget_year,
        product_code as product,
        account,
        case when left(account, 1) in ('4', '6') then -amount_eur else amount_eur end as amount_eur
    from {{ ref('stg_wesel__budget') }}
    where amount_eur <> 0
),

summed as (
    select
        source_feed,
        chart,
        ags,
        year,
        kind,
        budget_year,
        product,
        left(account, 2) as account_group,
        case when count(amount_eur) = count(*) then sum(amount_eur) end as amount_eur,
        count(*) as items,
        count_if(amount_eur is null) as items_unknown
    from booked
    group by all
),

labels as (
    select
        'it_nrw' as chart,
        year,
        product,
        label,
        case
            when left(product, 2) between '21' and '24' then '21'
            when left(product, 2) between '25' and '29' then '25'
            when left(product, 2) between '31' and '35' then '31'
            else left(product, 2)
        end as product_area
    from {{ ref('stg_it_nrw__payment_product') }}

    union all

    select
        'wesel' as chart,
        null as year,
        product_code as product,
        label,
        product_area_code as product_area
    from {{ ref('stg_wesel__product') }}
),

products as (
    select
        chart,
        year,
        product,
        label as product_de,
        product_area,
        max(case when product = product_area then label end) over (partition by chart, year, product_area) as product_area_de
    from labels
),

-- Whom the amounts are divided by: the statistics bring their own, for Wesel those of the end of 2018 are known.
bodies as (
    select
        'it_nrw' as chart,
        ags,
        year,
        name,
        inhabitants
    from {{ ref('stg_it_nrw__payment_area') }}

    union all

    select
        'wesel' as chart,
        ags,
        year(reference_date) as year,
        null as name,
        inhabitants
    from {{ ref('stg_localzero__population') }}
)

select
    summed.source_feed,
    summed.ags,
    coalesce(
        cities.name,
        case when summed.ags = '{{ var("kreis_ags") }}' then '{{ var("kreis_name") }}' else bodies.name end,
        summed.ags
    ) as name,
    case length(summed.ags) when 8 then 'city' else 'district' end as level,
    left(summed.ags, 5) = '{{ var("kreis_ags") }}' as is_vest,
    summed.year,
    summed.kind,
    summed.budget_year,
    products.product_area,
    products.product_area_de,
    summed.product,
    products.product_de,
    summed.account_group,
    case summed.account_group
        {%- for code, label in groups.items() %}
        when '{{ code }}' then '{{ label }}'
        {%- endfor %}
    end as account_group_de,
    case
        when left(summed.account_group, 1) in ('4', '5') then 'result'
        when left(summed.account_group, 1) in ('6', '7') then 'payment'
        else 'cost_accounting'
    end as statement,
    case
        when left(summed.account_group, 1) in ('4', '6') then 'income'
        when left(summed.account_group, 1) in ('5', '7') then 'spending'
        else 'internal'
    end as direction,
    summed.account_group in ('48', '58') or left(summed.account_group, 1) = '9' as is_internal,
    summed.amount_eur,
    bodies.inhabitants,
    {{ ratio('summed.amount_eur', 'bodies.inhabitants') }} as amount_eur_per_inhabitant,
    summed.items,
    summed.items_unknown
from summed
left join products
    on
        summed.chart = products.chart
        and summed.product = products.product
        and (products.year is null or products.year = summed.year)
left join bodies
    on summed.chart = bodies.chart and summed.ags = bodies.ags and summed.year = bodies.year
left join {{ ref('dim_municipality') }} as cities on summed.ags = cities.ags
