select
    programme,
    funding_source,
    feed,
    amount_kind,
    first_year,
    last_year,
    records,
    fictitious
from (
    select
        programme,
        funding_source,
        'vest__call' as feed,
        'maximum_grant' as amount_kind,
        min(year(published_on)) as first_year,
        max(year(published_on)) as last_year,
        count(distinct ags, call_id) as records,
        bool_or(fictitious) as fictitious
    from {{ ref('stg_vest__call') }}
    group by programme, funding_source
    union all
    select
        'ESF Nordrhein-Westfalen 2007-2013' as programme,
        'esf' as funding_source,
        'esf_nrw__grant' as feed,
        'grant' as amount_kind,
        min(approval_year) as first_year,
        max(approval_year) as last_year,
        count(*) as records,
        false as fictitious
    from {{ ref('stg_esf_nrw__grant') }}
    union all
    select
        'EFRE Nordrhein-Westfalen 2014-2020' as programme,
        'erdf' as funding_source,
        'erdf_nrw__project' as feed,
        'eligible_cost' as amount_kind,
        min(year(start_date)) as first_year,
        max(year(start_date)) as last_year,
        count(*) as records,
        false as fictitious
    from {{ ref('stg_erdf_nrw__project') }}
)
where records > 0
