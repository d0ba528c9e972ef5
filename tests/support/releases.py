"""Releases of one mart that are written as Spark's are, and asked as an analyst asks."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lakehouse import names
from lakehouse.lake import compare, release
from lakehouse.lake.release import DeliveryChange, Manifest, MartColumn, MartFile, MartPin, SilverPin
from lakehouse.settings import CHECKOUT, Settings
from lakehouse.storage import ObjectStore

MARL, HERTEN, KREIS = "05562024", "05562020", "05562000"
FEED = "vest__ozg"
COLUMNS = {"ags": "string", "period": "string", "online": "int", "rank": "int"}
ARROW = {"string": pa.string(), "int": pa.int64()}
Row = dict[str, Any]
DELIVERY = "d1"


class Releases:
    """Releases of one mart, each with other rows, in a store that only this test uses."""

    def __init__(self, store: ObjectStore, mart: str) -> None:
        self.store, self.mart, self.first = store, mart, 0
        self.code = "c1"
        self.at: dt.datetime | None = None

    def make(self, *rows: Row, columns: dict[str, str] = COLUMNS, silver: int = 1, **more: Any) -> int:
        """Another release; `changes` are those of the feed, and what else is given is of the mart's pin."""
        last = release.latest(self.store)
        number = last.release + 1 if last else 1
        changes = more.pop("changes", None)
        table = pa.Table.from_pylist(list(rows), pa.schema([(n, ARROW[t]) for n, t in columns.items()]))
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink)
        body = sink.getvalue().to_pybytes()
        path = f"part-{number}.parquet"
        self.store.put(names.LAKE, f"{names.lake_key('marts', self.mart)}/{path}", body)
        pin = MartPin(
            version=number, uri=names.uri("marts", self.mart), rows=len(rows), checksum="", description="A mart",
            inputs=[FEED], files=[MartFile(path=path, rows=len(rows), bytes=len(body), sha256="")],
            columns=[MartColumn(name=n, type=t, description=n, label_de="", unit=None, publish=True)
                     for n, t in columns.items()],
            **{"key": ["ags", "period"], "code": self.code, **more},
        )  # fmt: skip
        return self.add({self.mart: pin}, silver, changes)

    def again(self, silver: int = 1, changes: list[DeliveryChange] | None = None) -> int:
        """Another release with the files of the last one."""
        last = release.latest(self.store)
        assert last is not None
        return self.add(last.marts, silver, changes)

    def add(self, marts: dict[str, MartPin], silver: int = 1, changes: list[DeliveryChange] | None = None) -> int:
        """Another release with some marts."""
        last = release.latest(self.store)
        made = Manifest(
            release=last.release + 1 if last else 1, previous=release.seal(self.store, last.release) if last else None,
            run_id="run", created_at=self.at or dt.datetime.now(dt.UTC), code=self.code, marts=marts, publications=[],
            feeds={}, silver={FEED: SilverPin(version=silver, uri="")},
            changes={} if changes is None else {FEED: changes},
        )  # fmt: skip
        assert release.add(self.store, made)
        release.switch(self.store, made.release)
        return made.release


def row(ags: str, online: int | None, rank: int = 1, period: str = "2025-H1") -> Row:
    return {"ags": ags, "period": period, "online": online, "rank": rank}


def change(kind: Any, ags: str = MARL, period: str = "2025-H1", delivery: str = DELIVERY) -> DeliveryChange:
    return DeliveryChange(delivery=delivery, kind=kind, scope={"ags": ags, "period": period} if ags else {})


def shell(statements: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What DuckDB's own shell says to statements that are typed into it."""
    command = [sys.executable, "-m", "lakehouse", "sql", *arguments]
    typed = f".mode csv\n{statements}\n"
    return subprocess.run(command, input=typed, cwd=CHECKOUT, capture_output=True, text=True, timeout=120)


def asked(settings: Settings, made: Releases, first: int, last: int | None = None) -> list[Row]:
    """What `changes.<mart>` says."""
    found = compare.open_comparison(settings, first, last, named=f"changes.{made.mart}").connection
    rows = found.sql(f"SELECT * FROM changes.{made.mart}")
    return [dict(zip(rows.columns, one, strict=True)) for one in rows.fetchall()]
