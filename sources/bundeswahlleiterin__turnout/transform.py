"""Plain names for what is counted and for which vote."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

MEASURES = {
    "Wahlberechtigte": "eligible",
    "Wählende": "voters",
    "Gültige": "valid",
    "Ungültige": "invalid",
    "Übrige": "others",
}
VOTES = {"": "both", "1": "first", "2": "second"}


def prepare(rows: DataFrame) -> DataFrame:
    """Adds `measure` and `vote`; a text that is not known stays as it is and is refused by its column's rule."""
    return rows.withColumns({"measure": _renamed("group_name", MEASURES), "vote": _renamed("vote_code", VOTES)})


def _renamed(column: str, names: dict[str, str]) -> Column:
    known = F.create_map(*(F.lit(text) for pair in names.items() for text in pair))
    return F.coalesce(F.try_element_at(known, F.col(column)), F.col(column))
