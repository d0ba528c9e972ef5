"""Does an address belong to the municipality of its row? Answered only where the address itself names a key."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

# eight digits and no more: longer numbers are keys of associations or no keys at all
KEY_IN_ADDRESS = r"(?<!\d)\d{8}(?!\d)"
STATES = {
    "01": "Schleswig-Holstein",
    "02": "Hamburg",
    "03": "Niedersachsen",
    "04": "Bremen",
    "05": "Nordrhein-Westfalen",
    "06": "Hessen",
    "07": "Rheinland-Pfalz",
    "08": "Baden-Württemberg",
    "09": "Bayern",
    "10": "Saarland",
    "11": "Berlin",
    "12": "Brandenburg",
    "13": "Mecklenburg-Vorpommern",
    "14": "Sachsen",
    "15": "Sachsen-Anhalt",
    "16": "Thüringen",
}


def derive(rows: DataFrame) -> DataFrame:
    """Adds `address_ags`, `address_check` (own, district, other, none) and `is_state_consistent`."""
    ags, named = F.col("ags"), F.regexp_substr("address", F.lit(KEY_IN_ADDRESS))
    of_district = F.concat(F.left(ags, F.lit(5)), F.lit("000"))
    check = (
        F.when(named.isNull(), "none")
        .when(named == ags, "own")
        .when(named == of_district, "district")
        .otherwise("other")
    )
    states = F.create_map(*(F.lit(text) for pair in STATES.items() for text in pair))
    state = F.try_element_at(states, F.left(ags, F.lit(2)))
    return rows.withColumns(
        {
            "address_ags": named,
            "address_check": check,
            "is_state_consistent": (state == F.col("state_name")) & (F.col("state_code") == F.left(ags, F.lit(2))),
        }
    )
