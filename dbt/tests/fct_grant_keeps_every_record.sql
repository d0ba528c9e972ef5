-- Matching places neither loses nor doubles a record or a cent of the list.
{{ config(
    meta={'sentence_de':
        'Bei der Zuordnung der Orte geht keine Bewilligung und kein Cent der ESF-Liste verloren, und nichts wird '
        ~ 'doppelt gezählt.'
    }
) }}

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
