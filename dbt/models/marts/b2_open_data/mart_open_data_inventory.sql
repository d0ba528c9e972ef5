{%- set mentions = [] -%}
{%- for feed, land_ags in {'ckan__dataset': var('land_ags'), 'dcat__dataset': '13'}.items() -%}
    {%- do mentions.append({
        'feed': feed,
        'model': 'stg_' ~ feed,
        'place': bare_name('publisher'),
        'level': 'municipality',
        'land_ags': land_ags,
    }) -%}
{%- endfor -%}
with places as (
    {{ match_places(mentions) }}
),

listed as (
    select
        'ckan__dataset' as feed,
        dataset_id,
        title,
        publisher,
        licences,
        formats,
        resource_count as distribution_count,
        modified_at,
        nullif('', '') as contributor,
        'unknown' as harvest_state,
        coalesce(state, 'active') = 'active' and not coalesce(private, false) as is_public
    from {{ ref('stg_ckan__dataset') }}
    union all
    select
        'dcat__dataset' as feed,
        dataset_iri as dataset_id,
        title,
        publisher,
        licences,
        formats,
        distribution_count,
        modified_at,
        regexp_replace(contributor, '^https?://(?:www[.])?dcat-ap[.]de/def/contributors/', '') as contributor,
        case when contributor is null then 'not_announced' else 'announced' end as harvest_state,
        true as is_public
    from {{ ref('stg_dcat__dataset') }}
),

-- days count back from the newest change that the delivery of a catalogue tells of, so that a release stays what it was
read_lists as (
    select
        *,
        {{ local_date('modified_at') }} as modified_on,
        {{ local_date('max(modified_at) over (partition by feed)') }} as as_of_date,
        transform({{ listed('licences') }}, licence -> regexp_replace(licence, '^http://dcat-ap[.]de/def/licenses/', ''))
            as licence_codes,
        {{ listed('formats') }} as format_codes
    from listed
)

select
    datasets.feed,
    datasets.dataset_id,
    datasets.title,
    datasets.publisher,
    case when datasets.publisher = '{{ var("kreis_name") }}' then '{{ var("kreis_ags") }}' else places.ags end as publisher_ags,
    case
        when datasets.publisher is null then 'unnamed'
        when datasets.publisher = '{{ var("kreis_name") }}' then 'kreis'
        when left(places.ags, 5) = '{{ var("kreis_ags") }}' then 'city'
        when places.ags is not null then 'neighbour'
        else 'unmatched'
    end as publisher_group,
    coalesce(array_join(datasets.licence_codes, ', '), 'unknown') as licence,
    case
        when exists(
            datasets.licence_codes, licence -> licence in (
                'cc-by-nc', 'cc-by-nc-de/3.0', 'cc-by-nc/4.0', 'cc-by-nd', 'cc-by-nd/3.0', 'cc-by-nd/4.0', 'dl-by-nc-de/1.0',
                'other-closed', 'other-commercial', 'other-freeware'
            )
        ) then 'not_open'
        -- what GovData's list of open licences names; a test compares it with what our own catalogue takes for open
        when forall(
            datasets.licence_codes, licence -> licence in (
                'apache', 'bsd', 'cc-by', 'cc-by-de/3.0', 'cc-by/4.0', 'cc-by-sa', 'cc-by-sa-de/3.0', 'cc-by-sa/4.0', 'cc-zero',
                'ccpdm/1.0', 'dl-by-de/1.0', 'dl-by-de/2.0', 'dl-zero-de/2.0', 'geoNutz/20131001', 'geonutz/20130319', 'gfdl',
                'gpl/3.0', 'mozilla', 'odbl', 'odby', 'odcpddl', 'officialWork', 'other-open', 'other-opensource'
            )
        ) then 'open'
        else 'unknown'
    end as openness,
    datasets.format_codes as formats,
    datasets.distribution_count,
    case
        when datasets.distribution_count = 0 then false
        -- the file types that data.europa.eu counts as machine readable
        else exists(
            datasets.format_codes, format -> format in (
                'CSV', 'GEOJSON', 'ICS', 'JSON', 'JSON_LD', 'KML', 'KMZ', 'NETCDF', 'ODS', 'RDFA', 'RDF_N_QUADS', 'RDF_N_TRIPLES',
                'RDF_TRIG', 'RDF_TURTLE', 'RDF_XML', 'RSS', 'SHP', 'XLS', 'XLSX', 'XML'
            )
        )
    end as is_machine_readable,
    datasets.modified_on,
    datasets.as_of_date,
    datediff(datasets.as_of_date, datasets.modified_on) as age_days,
    datasets.harvest_state,
    datasets.contributor
from read_lists as datasets
left join places on datasets.feed = places.feed and {{ bare_name('datasets.publisher') }} = places.place
where datasets.is_public
