"""Released rows as an Arrow table: the publishable columns of a mart at its pinned version, and nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from lakehouse import names
from lakehouse.lake import sql
from lakehouse.lake.release import MartPin
from lakehouse.settings import Settings
from opendata.report import PublishRefused

#: Reads the named columns of a mart at the version that the release pins.
MartReader = Callable[[MartPin, Sequence[str]], pa.Table]
UTC_TIME = pa.timestamp("us", tz="UTC")


@contextmanager
def lake_reader(settings: Settings) -> Iterator[MartReader]:
    """Opens a reader with the publisher's keys. Columns that are not named are never fetched.

    Raises:
        PublishRefused: on reading, if the address is not one of a mart.
    """
    with sql.connect(settings, "publisher", sql.RELEASED) as connection:

        def read(mart: MartPin, columns: Sequence[str]) -> pa.Table:
            if not mart.uri.startswith(names.uri("marts", "")):
                raise PublishRefused([f"{mart.uri} is not a released mart"])
            return scan(connection, mart, columns)

        yield read


def scan(connection: duckdb.DuckDBPyConnection, mart: MartPin, columns: Sequence[str]) -> pa.Table:
    """Reads columns of the files that a release lists for a mart."""
    listed = ", ".join('"' + column.replace('"', '""') + '"' for column in columns)
    return connection.execute(f"SELECT {listed} FROM ({sql.released(mart)})").to_arrow_table()


def normalise(dataset: str, table: pa.Table) -> pa.Table:
    """Makes a table independent of who read it: plain types, no metadata, rows sorted by all columns from the left.

    Args:
        dataset: slug, for messages.
        table: the rows in any order; columns string, boolean, integer, decimal, float, date or time with a zone.

    Returns:
        The same rows in one chunk: integers as int64, times in UTC with microseconds, nulls sorted last.

    Raises:
        PublishRefused: a column has a type that CSV cannot carry without loss.
    """
    fields = [pa.field(field.name, _plain_type(dataset, field)) for field in table.schema]
    plain = pa.table([table.column(i).cast(field.type) for i, field in enumerate(fields)], schema=pa.schema(fields))
    return plain.sort_by([(field.name, "ascending") for field in fields]).combine_chunks()


def period(dataset: str, table: pa.Table, column: str) -> tuple[dt.date | None, dt.date | None]:
    """First and last day that a column names; (None, None) if it has no value.

    Args:
        dataset: slug, for messages.
        table: result of `normalise`.
        column: dates, times in UTC or years as integers.

    Raises:
        PublishRefused: the column is not published or has another type.
    """
    if column not in table.column_names:
        raise PublishRefused([f"{dataset}: temporal names the column {column}, which is not published"])
    first, last = (pc.min_max(table[column]).as_py()[end] for end in ("min", "max"))
    if first is None:
        return None, None
    kind = table.schema.field(column).type
    if pa.types.is_integer(kind) and dt.MINYEAR <= first and last <= dt.MAXYEAR:
        return dt.date(first, 1, 1), dt.date(last, 12, 31)
    if pa.types.is_timestamp(kind):
        return first.date(), last.date()
    if pa.types.is_date(kind):
        return first, last
    raise PublishRefused([f"{dataset}: temporal names the column {column}, which has neither dates nor years"])


def _plain_type(dataset: str, field: pa.Field) -> pa.DataType:
    kind = field.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_signed_integer(kind):
        return pa.int64()
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return UTC_TIME
    if pa.types.is_date(kind):
        return pa.date32()
    if pa.types.is_float32(kind) or pa.types.is_float64(kind):
        return pa.float64()
    if pa.types.is_boolean(kind) or pa.types.is_decimal128(kind):
        return kind
    hint = " (a time needs a zone)" if pa.types.is_timestamp(kind) else ""
    raise PublishRefused([f"{dataset}: column {field.name} has the type {field.type}, which is not published{hint}"])
