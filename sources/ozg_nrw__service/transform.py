"""What the catalogue writes where a LeiKa key should stand."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

# LeiKa keys have 14 digits and begin with 99
WELL_FORMED = r"^99\d{12}\z"
NOT_IN_LEIKA = "nicht im leika"


def prepare(rows: DataFrame) -> DataFrame:
    """Adds `leika_key` (well-formed or NULL) and `leika_key_kind` (ok, not_in_leika, malformed)."""
    text = F.coalesce(F.trim("leika_key_text"), F.lit(""))
    well_formed = F.regexp_like(text, F.lit(WELL_FORMED))
    kind = F.when(well_formed, "ok").when(F.lower(text) == NOT_IN_LEIKA, "not_in_leika").otherwise("malformed")
    return rows.withColumns({"leika_key": F.when(well_formed, text), "leika_key_kind": kind})
