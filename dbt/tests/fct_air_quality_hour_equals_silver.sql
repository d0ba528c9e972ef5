-- What the merges since the last full build left is what a full build would give, by count and order-free checksum.
{{ config(
    meta={'sentence_de':
        'Die fortgeschriebenen Luftmesswerte sind nach Anzahl und Prüfsumme dieselben, die ein vollständiger '
        ~ 'Neuaufbau ergäbe.'
    }
) }}

with source as (
    select
        count(*) as hours,
        bit_xor(xxhash64(station_code, observed_at, quantity, value, unit, averaging, plausibility)) as checksum
    from {{ ref('stg_uba__air_quality_hour') }}
),

fact as (
    select
        count(*) as hours,
        bit_xor(xxhash64(station_code, observed_at, quantity, value, unit, averaging, plausibility)) as checksum
    from {{ ref('fct_air_quality_hour') }}
)

select *
from source
cross join fact
where source.hours <> fact.hours or source.checksum <> fact.checksum
