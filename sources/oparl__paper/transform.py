"""What a paper is about, without its title, and where it was on an agenda."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.transforms.catalogue import as_json
from spark_jobs.transforms.council import topics, words

CONSULTATIONS = "array<struct<agendaItem: string>>"


def prepare(rows: DataFrame) -> DataFrame:
    """Adds `topics`, `matched_words`, `agenda_items` and `consultation_count`."""
    consultations = F.coalesce(F.json_array_length("consultations"), F.lit(0))
    listed = F.from_json("consultations", CONSULTATIONS)
    return rows.withColumns(
        {
            "topics": topics(F.col("title")),
            "matched_words": words(F.col("title")),
            "agenda_items": as_json(F.transform(listed, lambda consultation: consultation["agendaItem"])),
            "consultation_count": consultations.cast("string"),
        }
    )
