-- What the mart sums up is what the statistics say: per product and direction, and over all products (999).
-- A warning, because parts and totals are both the source's: people decide which of them is wrong.
{{ config(
    severity='warn',
    meta={'sentence_de':
        'Die Summe der Einzelkonten ist je Produkt und über alle Produkte so hoch, wie die Statistik selbst sie '
        ~ 'ausweist.'
    }
) }}

with compared as (
    select
        source_feed,
        ags,
        year,
        every_product as product,
        direction,
        amount_eur as amount,
        items_unknown > 0 as is_unknown,
        0 as is_total
    from {{ ref('mart_public_finance') }}
        lateral view explode(array(product, '999')) sums as every_product
    where source_feed like 'it_nrw%'

    union all

    select
        source_feed,
        ags,
        year,
        product,
        direction,
        -amount_eur as amount,
        amount_eur is null as is_unknown,
        1 as is_total
    from (
        select 'it_nrw__municipal_payment' as source_feed, * from {{ ref('stg_it_nrw__municipal_payment') }}
        union all
        select 'it_nrw__district_payment' as source_feed, * from {{ ref('stg_it_nrw__district_payment') }}
    )
    where is_total and account in ('6', '7')
)

select
    source_feed,
    ags,
    year,
    product,
    direction,
    sum(amount) as difference_eur
from compared
group by all
having
    sum(amount) <> 0
    or min(is_total) <> 0
    or max(is_total) <> 1
    or max(case when is_total = 1 then is_unknown end) <> max(case when is_total = 0 then is_unknown end)
