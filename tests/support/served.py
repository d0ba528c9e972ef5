"""Made-up releases with columns of every type, and what both engines say of them."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq

from lakehouse import names
from lakehouse.lake import release
from lakehouse.lake.checks import Check
from lakehouse.lake.release import FeedUsed, Manifest, MartColumn, MartFile, MartPin
from lakehouse.spec.licence import Licence
from lakehouse.storage import ObjectStore

EVERY = {
    "id": ("bigint", "bigint"),
    "text": ("string", "text"),
    "tiny": ("tinyint", "smallint"),
    "small": ("smallint", "smallint"),
    "whole": ("int", "integer"),
    "real": ("float", "real"),
    "measure": ("double", "double precision"),
    "money": ("decimal(24,2)", "numeric(24,2)"),
    "share": ("decimal(5,2)", "numeric(5,2)"),
    "yes": ("boolean", "boolean"),
    "day": ("date", "date"),
    "at": ("timestamp", "timestamp with time zone"),
    "local": ("timestamp_ntz", "timestamp without time zone"),
    "body": ("binary", "bytea"),
    "names": ("array<string>", "character varying[]"),
    "counts": ("array<bigint>", "bigint[]"),
    "tinies": ("array<tinyint>", "smallint[]"),
    "amounts": ("array<decimal(9,3)>", "jsonb"),
    "days": ("array<date>", "date[]"),
    "pairs": ("array<struct<value:double,receptions:bigint>>", "jsonb"),
    "one": ("struct<a:int,b:string>", "jsonb"),
    "nested": ("array<array<int>>", "jsonb"),
}
"""Columns with their types in Spark and in PostgreSQL."""

Row = dict[str, Any]
_ARROW = {
    "string": pa.string(), "tinyint": pa.int8(), "smallint": pa.int16(), "int": pa.int32(), "bigint": pa.int64(),
    "float": pa.float32(), "double": pa.float64(), "boolean": pa.bool_(), "date": pa.date32(), "binary": pa.binary(),
    "timestamp": pa.timestamp("us", "UTC"), "timestamp_ntz": pa.timestamp("us"),
}  # fmt: skip


def full(id_: int) -> Row:
    """A row with what tends to go wrong on the way."""
    return {
        "id": id_, "text": 'Größe "5",\t\\N\n{a}\x01', "tiny": -128, "small": -32768, "whole": -(2**31), "real": 0.5,
        "measure": float("inf"), "money": Decimal("-9999999999999999999999.99"), "share": Decimal("0.05"), "yes": False,
        "day": dt.date(9999, 12, 31), "at": dt.datetime(2026, 3, 29, 1, 30, 0, 1, tzinfo=dt.UTC),
        "local": dt.datetime(1, 1, 1), "body": b"\x00\xff", "names": ["", 'b"c', None, "d,{}\\", "NULL"],
        "counts": [2**63 - 1, -1], "tinies": [127, -128], "amounts": [Decimal("0.500"), None],
        "days": [dt.date(2024, 2, 29)],
        "pairs": [{"value": 0.1, "receptions": 2**53}, {"value": None, "receptions": 0}],
        "one": {"a": None, "b": "ä\\u0041\n"}, "nested": [[1, 2], [], [3]],
    }  # fmt: skip


def plain(id_: int, **values: Any) -> Row:
    """A row of which all is NULL that is not given."""
    return {**dict.fromkeys(EVERY), "id": id_, **values}


class Releases:
    """Releases in a store, each of which replaces all marts of the one before."""

    def __init__(self, store: ObjectStore) -> None:
        self.store = store
        self.checks: list[Check] = []

    def make(self, marts: dict[str, list[Row]], columns: dict[str, str] | None = None, **more: Any) -> int:
        """Another release, which is then the current one.

        Args:
            marts: rows by mart.
            columns: Spark types by column; those of every type if not given.
            more: of the pin of each mart.
        """
        last = release.latest(self.store)
        number = last.release + 1 if last else 1
        types = columns or {name: spark for name, (spark, _) in EVERY.items()}
        pins = {name: self._put(name, number, rows, types, more) for name, rows in marts.items()}
        licence = Licence(id="http://dcat-ap.de/def/licenses/dl-by-de/2.0", attribution="Town")
        made = Manifest(
            release=number, previous=release.seal(self.store, last.release) if last else None, run_id=f"run {number}",
            created_at=dt.datetime(2026, 11, 28, number % 24, tzinfo=dt.UTC), code="", silver={}, marts=pins,
            publications=[], checks=self.checks,
            feeds={"town__tree": FeedUsed(title="Trees", licence=licence, licence_note="", deliveries=["d1"]),
                   "vest__made_up": FeedUsed(title="Erfunden", licence=None, licence_note="none", deliveries=[],
                                             fictitious=True)},
        )  # fmt: skip
        assert release.add(self.store, made)
        release.switch(self.store, number)
        return number

    def _put(self, mart: str, number: int, rows: list[Row], types: dict[str, str], more: dict[str, Any]) -> MartPin:
        schema = pa.schema([(name, arrow(type_)) for name, type_ in types.items()])
        files = []
        if rows:
            sink = pa.BufferOutputStream()
            pq.write_table(pa.Table.from_pylist(rows, schema), sink)
            path, body = f"part-{number}.parquet", sink.getvalue().to_pybytes()
            self.store.put(names.LAKE, f"{names.lake_key('marts', mart)}/{path}", body)
            files.append(MartFile(path=path, rows=len(rows), bytes=len(body), sha256=""))
        columns = [
            MartColumn(name=name, type=type_, description=f"What {name} is.", label_de=f"Spalte {name}",
                       unit="EUR" if name == "money" else None, publish=name == "id")
            for name, type_ in types.items()
        ]  # fmt: skip
        given = {
            "inputs": ["town__tree"],
            "rows": len(rows),
            "key": ["id"],
            "title_de": "Bäume",
            "owner": "Parks",
            "freshness": "daily",
            **more,
        }
        return MartPin(
            version=number, uri=names.uri("marts", mart), checksum="", description="One tree per id. It's tall.",
            columns=columns, files=files, **given,
        )  # fmt: skip


def arrow(spark_type: str) -> pa.DataType:
    if found := re.fullmatch(r"decimal\((\d+),(\d+)\)", spark_type):
        return pa.decimal128(int(found[1]), int(found[2]))
    if found := re.fullmatch(r"array<(.+)>", spark_type):
        return pa.list_(arrow(found[1]))
    if found := re.fullmatch(r"struct<(.+)>", spark_type):
        return pa.struct([(name, arrow(type_)) for name, type_ in re.findall(r"(\w+):(\w+)", found[1])])
    return _ARROW[spark_type]


def rows(connection: psycopg.Connection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()  # type: ignore[arg-type]
