"""A meeting's agenda in numbers, without its texts."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.transforms.council import names_nobody, result, topics

AGENDA = "array<struct<id: string, name: string, public: boolean, result: string>>"
MIDNIGHT = r"T00:00:00(?:Z|[+-]\d{2}:\d{2})\z"


def prepare(rows: DataFrame) -> DataFrame:
    """Adds what is counted and known of agenda items, `meeting_name`, `deleted`, and `ended_at`, no false midnight."""
    agenda = F.coalesce(F.from_json("agenda_items", AGENDA), F.array().cast(AGENDA))
    digital = F.filter(agenda, lambda item: topics(item["name"]).isNotNull())
    results = F.filter(
        F.transform(
            F.filter(agenda, lambda item: item["public"]),
            lambda item: F.struct(item["id"].alias("agenda_item"), result(item["result"]).alias("result")),
        ),
        lambda item: item["agenda_item"].isNotNull() & item["result"].isNotNull(),
    )
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
            "agenda_results": F.when(F.size(results) > 0, F.to_json(F.array_sort(results))),
            "deleted": F.coalesce("deleted_text", F.lit("false")),
        }
    )
