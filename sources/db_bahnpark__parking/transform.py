"""Entries of the answer's lists, found by what they are and not by where they stand."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


def prepare(rows: DataFrame) -> DataFrame:
    """Adds `name` and `label`, the spaces by type and the prices in euros by duration; NULL without such an entry."""
    names = F.from_json("names", "array<struct<name: string, context: string>>")
    capacity = F.from_json("capacity", "array<struct<type: string, total: string>>")
    prices = F.from_json("prices", "array<struct<group: struct<groupName: string>, duration: string, price: string>>")
    standard = F.filter(prices, lambda entry: entry["group"]["groupName"] == "standard")
    return rows.withColumns(
        {
            "name": _entry(names, "context", "NAME", "name"),
            "label": _entry(names, "context", "LABEL", "name"),
            "spaces": _entry(capacity, "type", "PARKING", "total"),
            "handicapped_spaces": _entry(capacity, "type", "HANDICAPPED_PARKING", "total"),
            "price_1_hour_eur": _entry(standard, "duration", "1hour", "price"),
            "price_1_day_eur": _entry(standard, "duration", "1day", "price"),
        }
    )


def _entry(entries: Column, field: str, wanted: str, value: str) -> Column:
    return F.get(F.filter(entries, lambda entry: entry[field] == wanted), 0)[value]
