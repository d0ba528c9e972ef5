"""What became of the rows of each delivery, where only the rows say what a delivery replaces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from lakehouse.lake.deliveries import Counts
from spark_jobs import feedback
from tests.support import example

FIRST = ["valid", "valid", "superseded", "filtered", "quarantined"]
SECOND = ["valid", "duplicate", "filtered", "filtered"]
CHANGES = [("d1", "insert"), ("d2", "update"), ("d0", "remove"), ("d0", "remove")]


@pytest.mark.parametrize(
    ("load", "second", "removed"),
    [
        ({"kind": "snapshot"}, True, (0, 2)),
        ({"kind": "snapshot", "replaces": ["species"]}, True, (None, None)),
        ({"kind": "snapshot", "replaces": ["species"]}, False, (2, None)),
    ],
)
def test_every_row_of_a_delivery_is_counted_once(
    tmp_path: Path, load: dict[str, Any], second: bool, removed: tuple[int | None, int | None]
) -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE delivery (_sequence INTEGER, _delivery_id VARCHAR)")
        connection.execute("CREATE TABLE batch (_sequence INTEGER, _class VARCHAR)")
        connection.execute("CREATE TABLE change (_delivery_id VARCHAR, _change VARCHAR)")
        connection.executemany("INSERT INTO change VALUES (?, ?)", CHANGES)
        for number, classes in enumerate([FIRST, SECOND][: 1 + second], 1):
            connection.execute("INSERT INTO delivery VALUES (?, ?)", [number, f"d{number}"])
            connection.executemany("INSERT INTO batch VALUES (?, ?)", [(number, one) for one in classes])
        found = feedback.counts(connection, example.source(tmp_path, load=load))
    expected = {
        "d1": Counts(
            read=5,
            taken=3,
            quarantined=1,
            duplicate=0,
            filtered=1,
            inserted=1,
            updated=0,
            unchanged=1,
            removed=removed[0],
        ),
        "d2": Counts(
            read=4,
            taken=1,
            quarantined=0,
            duplicate=1,
            filtered=2,
            inserted=0,
            updated=1,
            unchanged=0,
            removed=removed[1],
        ),
    }
    assert found == (expected if second else {"d1": expected["d1"]})
