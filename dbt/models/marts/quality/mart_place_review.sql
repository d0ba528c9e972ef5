-- Suggestions are for people: a decision becomes an alias in int_place__list_aliases, and only that enters a figure.
with compared as (
    select
        matches.feed,
        coalesce(matches.place, '') as place,
        coalesce(matches.postcode, '') as postcode,
        matches.level,
        matches.land_ags,
        matches.records,
        matches.match_kind,
        matches.ags,
        names.place as name,
        names.ags as name_ags,
        -- people leave out what follows the first word ("Hennef (Sieg)", "Emmerich am Rhein")
        least(
            levenshtein(lower(matches.place), lower(names.place)),
            levenshtein(lower(matches.place), lower(substring_index(names.place, ' ', 1)))
        ) as distance
    from {{ ref('int_place__match') }} as matches
    left join {{ ref('int_place__list_names') }} as names
        on
            matches.match_kind = 'none'
            and names.match_kind = 'exact'
            and matches.level = names.level
            and matches.land_ags = names.land_ags
            -- letters that one name has more than the other all differ: most pairs need no closer look
            and least(
                abs(length(matches.place) - length(names.place)),
                abs(length(matches.place) - length(substring_index(names.place, ' ', 1)))
            ) * 3 <= length(matches.place)
),

reviewed as (
    select
        feed,
        place,
        postcode,
        level,
        land_ags,
        records,
        match_kind,
        ags,
        -- at most a third of the letters differ; the others are NULL, which no list holds
        array_sort(
            collect_list(
                case
                    when distance * 3 <= length(place)
                        then named_struct('distance', distance, 'name', name, 'ags', name_ags)
                end
            )
        ) as near
    from compared
    group by feed, place, postcode, level, land_ags, records, match_kind, ags
)

select
    feed,
    place,
    postcode,
    level,
    land_ags,
    records,
    match_kind,
    ags,
    nullif(
        array_join(transform(slice(near, 1, 3), suggestion -> concat(suggestion.name, ' (', suggestion.ags, ')')), ', '),
        ''
    ) as suggestions
from reviewed
