"""What the counter says of its own counts, and how far a value can be trusted."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

# a channel is one lane: a bicycle a second for a quarter of an hour
LIMITS = {"channel": 900, "total": 2700}


def prepare(rows: DataFrame) -> DataFrame:
    """Adds `flagged_channels`: channels of the quarter hour whose status is not 0, as `<channel>:<status>`."""
    flagged = [
        F.when(~F.col(name).eqNullSafe("0"), F.concat_ws(":", F.lit(name.removeprefix("status_")), F.col(name)))
        for name in rows.columns
        if name.startswith("status_")
    ]
    return rows.withColumn("flagged_channels", F.concat_ws(" ", *flagged))


def derive(rows: DataFrame) -> DataFrame:
    """Adds `plausibility`: missing, future, flagged (by the source), out_of_range or plausible."""
    limit = F.lit(None)
    for kind, highest in LIMITS.items():
        limit = F.when(F.col("kind") == kind, highest).otherwise(limit)
    # a total is as doubtful as its worst channel
    flagged = F.contains("flagged_channels", "channel_id") | (F.col("kind") == "total")
    flag = (
        F.when(F.col("bicycles").isNull(), "missing")
        .when(F.col("observed_at") > F.col("_ingested_at"), "future")
        .when(F.col("flagged_channels").isNotNull() & flagged, "flagged")
        .when(F.col("bicycles") > limit, "out_of_range")
        .otherwise("plausible")
    )
    return rows.withColumn("plausibility", flag)
