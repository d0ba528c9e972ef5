"""Dates of series that name their editions by half-years."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

FIRST_HALF = ("mitte", "1")
SECOND_HALF = ("ende", "2")


def half_year_end(year: Column, half: Column) -> Column:
    """Last day of a half-year as ISO text; NULL where the half is neither `mitte` or `1` nor `ende` or `2`."""
    day = F.when(half.isin(*FIRST_HALF), "-06-30").when(half.isin(*SECOND_HALF), "-12-31")
    return F.concat(year, day)
