"""What is written down of each delivery: of several senders in one run, of what was rejected, withdrawn or repeated."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lakehouse.errors import DeliveryRejected, GateFailed, LakehouseError
from lakehouse.ingest.landing import Receipt
from lakehouse.lake import deliveries, delta, ops
from lakehouse.lake.deliveries import Counts
from lakehouse.settings import CHECKOUT
from lakehouse.spec.discovery import load_delivery
from spark_jobs import release
from tests.support.lake import Lake
from tests.support.memory import MemoryStore

SETTINGS: Any = SimpleNamespace(release_retention_days=400)
WORKBOOK = "vest__leuchttuerme"
TABLES = load_delivery(CHECKOUT / "sources", WORKBOOK)
MARL, HERTEN = "05562024", "05562020"
SECRET = "Erika Mustermann"


@pytest.fixture(autouse=True)
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    monkeypatch.setattr(delta, "storage", lambda _: {})
    made = Lake(tmp_path, monkeypatch)
    ops.create(SETTINGS, "deliveries")
    return made


def upload(number: int, ags: str, name: str = "a.xlsx") -> Receipt:
    return Receipt(
        feed=WORKBOOK,
        delivery=f"d{number}",
        file=name,
        address=f"inbox/{ags}/{WORKBOOK}/2025/{name}",
        fetched_at=dt.datetime(2026, 2, number, 12, tzinfo=dt.UTC),
        published_at=dt.datetime(2026, 2, number, tzinfo=dt.UTC),
        sha256="0" * 64,
        bytes=1,
        content_type="x",
        etag=None,
        last_modified=None,
        licence=None,
        run_id="run",
        function=SECRET,
    )


def rows(read: int, quarantined: int = 0) -> dict[str, Counts]:
    taken = read - quarantined
    return {table.id: Counts(read, taken, quarantined, 0, 0, taken, 0, 0, 0) for table in TABLES}


def stored() -> list[dict[str, Any]]:
    table = delta.find(SETTINGS, "ops", "deliveries")
    assert table is not None
    found = table.to_pyarrow_table().to_pylist()
    return sorted(found, key=lambda row: (str(row["run_id"]), str(row["delivery"]), str(row["feed"])))


def record(
    run: str, receipts: list[Receipt], rejected: dict[str, LakehouseError], counts: dict[str, dict[str, Counts]]
) -> None:
    deliveries.record(SETTINGS, TABLES, run, receipts, rejected, counts)


def test_each_sender_of_a_run_has_its_own_rows_and_a_repeated_task_writes_none() -> None:
    receipts = [upload(1, MARL), upload(2, HERTEN), upload(3, MARL, "b.xlsx"), upload(4, HERTEN, "x.withdrawal")]
    failed = GateFailed("delivery", [f"shrunk: no delivery has less ({SECRET})"])
    counts = {"d1": rows(5), "d2": rows(4, quarantined=1), "d3": rows(2), "d4": rows(0)}
    for _ in range(2):
        record("run 1", receipts, {"d3": failed}, counts)
    table = delta.find(SETTINGS, "ops", "deliveries")
    assert table is not None and table.version() == 1, "one commit"

    found = stored()
    assert [(row["delivery"], row["feed"]) for row in found] == [
        (receipt.delivery, feed) for receipt in receipts for feed in sorted(table.id for table in TABLES)
    ]
    said = {
        row["delivery"]: tuple(
            row[name] for name in ("sender", "period", "outcome", "reason", "read", "taken", "inserted")
        )
        for row in found
    }
    assert said == {
        "d1": (MARL, "2025", "committed", None, 5, 5, 5),
        "d2": (HERTEN, "2025", "partly", None, 4, 3, 3),
        "d3": (MARL, "2025", "rejected", deliveries.SHRUNK, 2, 0, 0),
        "d4": (HERTEN, "2025", "withdrawn", None, 0, 0, 0),
    }
    assert {(row["parent"], row["run_id"], row["published_at"].day, row["fetched_at"].hour) for row in found} == {
        (WORKBOOK, "run 1", day, 12) for day in (1, 2, 3, 4)
    }
    assert len({row["recorded_at"] for row in found}) == 1
    assert SECRET not in str(found), "nobody's name, and no cell"


def test_what_is_loaded_again_has_rows_of_both_runs() -> None:
    record("run 1", [upload(1, MARL)], {"d1": DeliveryRejected(WORKBOOK, SECRET, SECRET)}, {})
    record("run 2", [upload(1, MARL), upload(2, HERTEN)], {}, {"d1": rows(3), "d2": rows(1)})
    feeds = len(TABLES)
    assert [(row["run_id"], row["outcome"], row["read"], row["taken"]) for row in stored()] == [
        *[("run 1", "rejected", None, 0)] * feeds,
        *[("run 2", "committed", 3, 3)] * feeds,
        *[("run 2", "committed", 1, 1)] * feeds,
    ]
    # a task that was killed before it came to the second one
    record("run 2", [upload(2, HERTEN), upload(3, MARL)], {}, {"d2": rows(9), "d3": rows(7)})
    assert [row["read"] for row in stored()][2 * feeds :] == [1] * feeds + [7] * feeds


def test_a_table_that_is_missing_begins_empty(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Lake(tmp_path / "older", monkeypatch)
    assert ops.versions(SETTINGS) == {"ops__deliveries": 0}
    record("run 1", [upload(1, MARL)], {}, {"d1": rows(1)})
    assert ops.versions(SETTINGS) == {"ops__deliveries": 1}, "version 0 is read as no rows"
    assert len(stored()) == len(TABLES)
    table = delta.find(SETTINGS, "ops", "deliveries")
    assert table is not None
    assert table.metadata().configuration["delta.deletedFileRetentionDuration"] == "interval 400 days"


@pytest.mark.parametrize(
    ("failures", "reason"),
    [
        (["rows: at least 5 rows (3)"], deliveries.SHRUNK),
        (["quarantined: at most 1 rows in quarantine (2)"], deliveries.TOO_MANY_REFUSED),
        (["name: expect_column_values_to_be_unique (2)", "missing: every delivery holds (1)"], deliveries.INCOMPLETE),
        (["strange: no delivery holds other values (1)", "shrunk: less (9)"], deliveries.SHRUNK),
        ([f"{SECRET}: expect_column_values_to_be_in_set (1)"], deliveries.NOT_PASSED),
    ],
)
def test_a_failed_gate_is_told_by_what_it_judged(failures: list[str], reason: str) -> None:
    assert deliveries.why(GateFailed("delivery", failures)) == reason
    assert reason in deliveries.REASONS


def test_a_file_is_rejected_as_an_upload_or_as_unreadable() -> None:
    refused, broken = (DeliveryRejected(WORKBOOK, "a.xlsx", SECRET) for _ in range(2))
    refused.__cause__, broken.__cause__ = LakehouseError(SECRET), ValueError(SECRET)
    assert (deliveries.why(refused), deliveries.why(broken)) == (deliveries.NO_TEMPLATE, deliveries.UNREADABLE)


def test_a_release_names_what_marts_read_beside_silver() -> None:
    store: Any = MemoryStore()
    made = release.make(
        None,  # type: ignore[arg-type]
        store,
        run_id="r",
        code="c",
        silver={"town__tree": 3, "ops__deliveries": 7},
        candidates={},
        described={"marts": {}, "tests": {}, "publications": []},
        sources={"town__tree": TABLES[0]},
        deliveries={"town__tree": ["d1"]},
        changes={},
        checked=[],
    )
    assert Path(made.silver["ops__deliveries"].uri).parts[-2:] == ("ops", "deliveries")
    assert (made.silver["ops__deliveries"].version, made.silver["town__tree"].version) == (7, 3)
    own = made.feeds["ops__deliveries"]
    assert (own.licence, own.deliveries, own.fictitious) == (None, [], False) and own.title and own.licence_note
    assert made.feeds["town__tree"].deliveries == ["d1"]
