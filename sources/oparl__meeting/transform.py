"""A meeting's agenda in numbers, without its texts."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.transforms.council import names_nobody, topics

AGENDA = "array<struct<name: string, public: boolean>>"
MIDNIGHT = r"T00:00:00(?:Z|[+-]\d{2}:\d{2})\z"


def prepare(rows: DataFrame) -> DataFrame:
    """Adds counts of agenda items, `meeting_name`, `deleted`, and `ended_at`: a midnight before the start is no end."""
    agenda = F.coalesce(F.from_json("agenda_items", AGENDA), F.array().cast(AGENDA))
    digital = F.filter(agenda, lambda item: topics(item["name"]).isNotNull())
    unknown = F.regexp_like("end_text", F.lit(MIDNIGHT)) & (
        F.col("end_text").try_cast("timestamp") < F.col("started_at").try_cast("timestamp")
    )
    return rows.withColumns(
        {
            "meeting_name": names_nobody(F.col("name_text")),
            "ended_at": F.when(~F.coalesce(unknown, F.lit(False)), F.col("end_text")),
            "agenda_item_count": F.size(agenda).cast("string"),
            "public_agenda_item_count": F.size(F.filter(agenda, lambda item: item["public"])).cast("string"),
            "digital_agenda_item_count": F.size(digital).cast("string"),
            "deleted": F.coalesce("deleted_text", F.lit("false")),
        }
    )
