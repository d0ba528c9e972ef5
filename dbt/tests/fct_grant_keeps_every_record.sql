-- Matching places neither loses nor doubles a record or a cent of the list.
with source as (
    select count(*) as records, sum(amount_eur) as amount_eur from {{ ref('stg_esf_nrw__grant') }}
),

fact as (
    select count(*) as records, sum(amount_eur) as amount_eur from {{ ref('fct_grant') }}
)

select *
from source
cross join fact
where source.records <> fact.records or not source.amount_eur <=> fact.amount_eur
