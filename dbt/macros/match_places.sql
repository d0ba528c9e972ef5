{#- The one matcher of place names. One row per spelling that a feed uses, with the AGS that it means within the declared
    scope: by name, by a recorded alias, by postcode where that is unique, else by nothing. It never guesses.

    A mention (an entry of the variable place_mentions) says where the names stand:
      feed      feed id, as in the rows that come out
      model     staging model that holds them
      place     its column with the name
      postcode  its column with the postcode; left out where the feed has none
      level     municipality or kreis: "Recklinghausen" is both
      land_ags  Land in which the names are looked for; names are not unique beyond one -#}
{% macro match_places(mention) -%}
    {%- set postcode = mention.get('postcode') -%}
    select
        '{{ mention.feed }}' as feed,
        mentioned.place,
        mentioned.postcode,
        mentioned.records,
        '{{ mention.level }}' as level,
        '{{ mention.land_ags }}' as land_ags,
        {%- if postcode %}
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
        select
            {{ mention.place }} as place,
            {{ postcode or "nullif('', '')" }} as postcode,
            count(*) as records
        from {{ ref(mention.model) }}
        group by all
    ) as mentioned
    left join {{ ref('int_place__list_names') }} as named
        on
            mentioned.place = named.place
            and named.level = '{{ mention.level }}'
            and named.land_ags = '{{ mention.land_ags }}'
    {%- if postcode %}
    left join {{ ref('int_place__list_postcodes') }} as coded
        on mentioned.postcode = coded.postcode and left(coded.ags, 2) = '{{ mention.land_ags }}'
    {%- endif %}
    where mentioned.place is not null {%- if postcode %} or mentioned.postcode is not null {%- endif %}
{%- endmacro %}
