"""Events: the first copy stands, what is there is left out, and only what lies near them in time is looked at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lakehouse.lake import delta
from lakehouse.spec.source import Source
from spark_jobs import commit, effects, ranking, stored
from spark_jobs.batch import Batch
from tests.support import example
from tests.support.feed import receipt
from tests.support.lake import TIMESTAMP, Lake

SETTINGS: Any = None
NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
COLUMNS = [
    {"from": "message_id", "name": "message_id"},
    {"from": "observed_at", "name": "observed_at", "type": "timestamp"},
    {"from": "value", "name": "value", "type": "double"},
]


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    monkeypatch.setattr(delta, "storage", lambda _: {})
    made = Lake(tmp_path / "lake", monkeypatch)
    yield made
    made.connection.close()


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return example.source(
        tmp_path, columns=COLUMNS, key=["observed_at", "message_id"], load={"kind": "append"}, schedule=None,
        fetch={"connector": "mqtt"}, format={"type": "lorawan", "rows": "readings"},
    )  # fmt: skip


def classified(lake: Lake, source: Source, *rows: tuple[int, str, int, float]) -> dict[tuple[str, float], str]:
    """The class of each row (delivery, message, minute after noon, value) by message and value."""
    arrived = pa.table({
        "message_id": [message for _, message, _, _ in rows],
        "observed_at": pa.array([NOON + dt.timedelta(minutes=minute) for _, _, minute, _ in rows], TIMESTAMP),
        "value": [value for *_, value in rows],
        "_sequence": pa.array([sequence for sequence, *_ in rows], pa.int32()),
        "_record_number": pa.array(range(1, len(rows) + 1), pa.int64()),
        "_reasons": pa.array([[] for _ in rows], pa.list_(pa.string())),
        "_kept": [True] * len(rows),
    })  # fmt: skip
    receipts = [
        receipt(source, number, "mqtts://broker", "m.jsonl.gz") for number in range(max(row[0] for row in rows))
    ]
    ranking.rank(lake.connection, source, arrived, receipts)
    found = lake.connection.execute("SELECT message_id, value, _class FROM batch").fetchall()
    return {(message, value): class_ for message, value, class_ in found}


def planned(lake: Lake, source: Source) -> list[tuple[str, float]]:
    """Message and value of the rows that a batch appends."""
    batch = Batch(lake.connection, 0, ranking.counts(lake.connection))
    changes = commit.plan(SETTINGS, source, batch)
    assert (changes.updated, changes.removed, changes.replaced) == (0, 0, 0)
    found = lake.connection.execute("SELECT message_id, value FROM change ORDER BY ALL").fetchall()
    assert changes.inserted == len(found)
    return found


def append(lake: Lake, source: Source) -> None:
    rows = lake.connection.execute("SELECT * EXCLUDE (_change) FROM change").to_arrow_table()
    delta.append(SETTINGS, "silver", source.id, rows)


def test_of_copies_the_one_that_was_landed_first_stands(lake: Lake, source: Source) -> None:
    found = classified(
        lake, source, (2, "a", 0, 9.0), (1, "a", 0, 1.0), (1, "b", 0, 2.0), (2, "b", 1, 3.0), (2, "c", 5, 4.0)
    )
    assert found == {
        ("a", 9.0): "duplicate",
        ("a", 1.0): "valid",
        ("b", 2.0): "valid",
        ("b", 3.0): "valid",
        ("c", 4.0): "valid",
    }


def test_what_silver_has_is_left_out_whatever_a_copy_says(lake: Lake, source: Source) -> None:
    delta.create(SETTINGS, "silver", source.id, source.stored_columns)
    classified(lake, source, (1, "a", 0, 1.0), (1, "b", 1, 2.0))
    assert planned(lake, source) == [("a", 1.0), ("b", 2.0)]
    append(lake, source)
    classified(lake, source, (1, "a", 0, 1.0), (1, "b", 1, 7.0), (1, "c", 1, 3.0))
    assert planned(lake, source) == [("c", 3.0)]
    made = effects.effects(lake.connection, source, [receipt(source, 0, "mqtts://broker", "m.jsonl.gz")], [])
    assert [(effect.delivery, effect.inserted, effect.late) for effect in made] == [
        ("delivery-0..delivery-0", 1, False)
    ]


def test_only_what_lies_near_in_time_is_looked_at(lake: Lake, source: Source) -> None:
    delta.create(SETTINGS, "silver", source.id, source.stored_columns)
    year = 365 * 24 * 60
    for minute in (0, year // 2, year):
        classified(lake, source, (1, f"m{minute}", minute, 1.0))
        planned(lake, source)
        append(lake, source)
    # a burst of a year ago among what is new; the half-year between is nobody's concern
    classified(
        lake, source, (1, "m0", 0, 1.0), (1, "old", 30, 1.0), (1, f"m{year}", year, 1.0), (1, "new", year + 60, 1.0)
    )
    assert planned(lake, source) == [("new", 1.0), ("old", 1.0)]
    assert lake.connection.execute("SELECT message_id FROM stored ORDER BY ALL").fetchall() == [("m0",), (f"m{year}",)]


def test_a_batch_that_is_scattered_over_years_is_looked_for_at_once(lake: Lake, source: Source) -> None:
    delta.create(SETTINGS, "silver", source.id, source.stored_columns)
    days = stored.MOST_SPANS + 1
    classified(lake, source, *((1, f"m{day}", day * 48 * 60, 1.0) for day in range(days)))
    assert len(planned(lake, source)) == days
    assert len(stored._near(lake.connection, "observed_at")) == 1


def test_a_batch_without_valid_rows_appends_nothing(lake: Lake, source: Source) -> None:
    delta.create(SETTINGS, "silver", source.id, source.stored_columns)
    classified(lake, source, (1, "a", 0, 1.0))
    planned(lake, source)
    append(lake, source)
    lake.connection.execute("UPDATE batch SET _class = 'quarantined'")
    assert planned(lake, source) == []
