-- An administration whose newest report names no CDO, or several: people have to decide who it is, and the others' figures
-- do not wait for that.
{{ config(
    severity='warn',
    meta={'sentence_de': 'Der neueste Bericht jeder Verwaltung benennt genau eine Funktion als zentrale Ansprechstelle (CDO).'}
) }}

select distinct
    ags,
    name,
    period,
    cdos
from {{ ref('mart_governance') }}
where is_latest and cdos <> 1
