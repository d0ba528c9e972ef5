{#- The one matcher of place names. One row per spelling that a feed uses, with the AGS that it means within the declared
    scope: by name, by a recorded alias, by postcode where that is unique, else by nothing. It never guesses.

    All mentions are matched by one join: what is joined is planned once for each time it is named.

    A mention (an entry of the variable place_mentions) says where the names stand:
      feed      feed id, as in the rows that come out
      model     staging model that holds them
      place     its column with the name
      postcode  its column with the postcode; left out where the feed has none
      level     municipality or kreis: "Recklinghausen" is both
      land_ags  Land in which the names are looked for; names are not unique beyond one -#}
{% macro match_places(mentions) -%}
    {%- set with_postcode = mentions | selectattr('postcode', 'defined') | list -%}
    select
        mentioned.feed,
        mentioned.place,
        mentioned.postcode,
        mentioned.records,
        mentioned.level,
        mentioned.land_ags,
        {%- if with_postcode %}
        coalesce(named.ags, coded.ags) as ags,
        case
            when named.ags is not null then named.match_kind
            when coded.ags is not null then 'postcode'
            else 'none'
        end as match_kind
        {%- else %}
        named.ags,
        coalesce(named.match_kind, 'none') as match_kind
        {%- endif %}
    from (
        {%- for mention in mentions %}
        select
            '{{ mention.feed }}' as feed,
            '{{ mention.level }}' as level,
            '{{ mention.land_ags }}' as land_ags,
            {{ mention.place }} as place,
            {{ mention.get('postcode') or "nullif('', '')" }} as postcode,
            count(*) as records
        from {{ ref(mention.model) }}
        group by all
        {%- if not loop.last %}
        union all
        {%- endif %}
        {%- endfor %}
    ) as mentioned
    left join {{ ref('int_place__list_names') }} as named
        on
            mentioned.place = named.place
            and mentioned.level = named.level
            and mentioned.land_ags = named.land_ags
    {%- if with_postcode %}
    left join {{ ref('int_place__list_postcodes') }} as coded
        on mentioned.postcode = coded.postcode and mentioned.land_ags = left(coded.ags, 2)
    {%- endif %}
    where mentioned.place is not null or mentioned.postcode is not null
{%- endmacro %}
