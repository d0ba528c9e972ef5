"""Local clock times to UTC."""

from __future__ import annotations

from pyspark.sql import Column, Window
from pyspark.sql import functions as F

LABEL = r"^(\d{4}-\d{2}-\d{2}) (\d{2}):00\z"


def hour_end_to_utc(label: Column, zone: str, *series: str) -> Column:
    """Start of an hour in UTC, as ISO text, from a local label that names the end of the hour (01:00 to 24:00).

    Labelled by its end, the hour before the clock change in autumn and the hour after it carry the same label; the
    first in the file is the one in summer time. A label whose hour does not exist in the zone, or that is no label at
    all, is returned as it is, so that typing refuses it with its own text.

    Args:
        label: text like `2020-10-25 03:00`.
        zone: IANA time zone of the labels.
        series: columns that, with the delivery, tell one series of labels from another.
    """
    date = F.regexp_extract(label, LABEL, 1)
    hour = F.regexp_extract(label, LABEL, 2).try_cast("int")
    midnight = date.try_cast("timestamp")
    start = F.when(hour.between(1, 24), midnight + F.make_dt_interval(hours=hour - 1))
    first = F.to_utc_timestamp(start, zone)
    second = first + F.expr("INTERVAL 1 HOUR")
    exists = F.from_utc_timestamp(first, zone) == start
    twice = F.from_utc_timestamp(second, zone) == start
    occurrence = F.row_number().over(Window.partitionBy("_delivery_id", *series, label).orderBy("_record_number"))
    utc = F.when(twice & (occurrence > 1), second).otherwise(first)
    return F.when(exists, F.date_format(utc, "yyyy-MM-dd'T'HH:mm:ss'Z'")).otherwise(label)
