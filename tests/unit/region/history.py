"""What the made-up region says of one thing over the years."""

from __future__ import annotations

from collections.abc import Iterator

from infra.region import rows_of
from infra.region.facts import HALF_YEARS, YEARS, Row
from lakehouse.administrations import ADMINISTRATIONS


def everything(delivery: str, table: str) -> Iterator[tuple[str, str, list[Row]]]:
    """AGS, period and rows of a table in every delivery, the oldest period of an administration first."""
    yearly = delivery != "vest__beteiligung"
    for ags in ADMINISTRATIONS:
        for period in YEARS if yearly else HALF_YEARS:
            yield ags, period, rows_of(delivery, ags, period)[table]


def histories(delivery: str, table: str, key: str) -> list[list[Row]]:
    """The rows of each thing of each administration, in the order of the periods."""
    of: dict[tuple[str, object], list[Row]] = {}
    for ags, _, rows in everything(delivery, table):
        for row in rows:
            of.setdefault((ags, row[key]), []).append(row)
    return list(of.values())
