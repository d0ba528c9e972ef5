{{ match_places(var('place_mentions')) }}
