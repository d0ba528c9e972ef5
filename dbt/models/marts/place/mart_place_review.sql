-- Suggestions are for people: a decision becomes an alias in int_place__list_aliases, and only that enters a figure.
with matches as (
    select
        feed,
        coalesce(place, '') as place,
        coalesce(postcode, '') as postcode,
        level,
        land_ags,
        records,
        ags,
        match_kind
    from {{ ref('int_place__match') }}
),

compared as (
    select
        matches.feed,
        matches.place,
        matches.postcode,
        names.place as name,
        names.ags,
        -- people leave out what follows the first word ("Hennef (Sieg)", "Emmerich am Rhein")
        least(
            levenshtein(lower(matches.place), lower(names.place)),
            levenshtein(lower(matches.place), lower(substring_index(names.place, ' ', 1)))
        ) as distance
    from matches
    inner join {{ ref('int_place__list_names') }} as names
        on matches.level = names.level and matches.land_ags = names.land_ags
    where matches.match_kind = 'none' and names.match_kind = 'exact'
),

ranked as (
    select
        *,
        row_number() over (partition by feed, place, postcode order by distance, name) as nearness
    from compared
    -- at most a third of the letters differ
    where distance * 3 <= length(place)
),

suggestions as (
    select
        feed,
        place,
        postcode,
        array_join(
            transform(
                array_sort(collect_list(named_struct('nearness', nearness, 'text', concat(name, ' (', ags, ')')))),
                suggestion -> suggestion.text
            ),
            ', '
        ) as suggestions
    from ranked
    where nearness <= 3
    group by feed, place, postcode
)

select
    matches.feed,
    matches.place,
    matches.postcode,
    matches.level,
    matches.land_ags,
    matches.records,
    matches.match_kind,
    matches.ags,
    suggestions.suggestions
from matches
left join suggestions
    on
        matches.feed = suggestions.feed
        and matches.place = suggestions.place
        and matches.postcode = suggestions.postcode
