"""Tables that are written without a JVM: created once, deliveries replaced, small files joined."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError
from deltalake.table import TableOptimizer

from lakehouse.errors import LakehouseError
from lakehouse.lake import delta
from tests.support.lake import Lake

SETTINGS: Any = None
COLUMNS = {"_delivery_id": "string", "text": "string", "seen": "timestamp", "amount": "decimal(9,3)"}
FIRST, SECOND, THIRD = (f"2026010{day}T000000000000Z-abcdef012345" for day in (1, 2, 3))


@pytest.fixture(autouse=True)
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    monkeypatch.setattr(delta, "storage", lambda _: {})
    made = Lake(tmp_path, monkeypatch)
    delta.create(SETTINGS, "bronze", "f", COLUMNS)
    return made


def rows(delivery: str, *texts: str) -> pa.Table:
    return pa.Table.from_pylist(
        [{"_delivery_id": delivery, "text": text} for text in texts], delta.arrow_schema(COLUMNS)
    )


def replace(delivery: str, *texts: str) -> None:
    delta.replace_deliveries(SETTINGS, "bronze", "f", rows(delivery, *texts), [delivery], {"run_id": "r"})


def stored() -> list[tuple[str, str]]:
    found = table().to_pyarrow_table().to_pylist()
    return sorted((row["_delivery_id"], row["text"]) for row in found)


def table() -> DeltaTable:
    found = delta.find(SETTINGS, "bronze", "f")
    assert found is not None
    return found


def test_a_table_that_is_not_there_is_none() -> None:
    assert delta.find(SETTINGS, "bronze", "g") is None


def test_columns_come_back_as_they_were_declared() -> None:
    more = {"names": "array<string>", "n": "bigint", "m": "int", "x": "double", "b": "boolean", "d": "date"}
    declared = {**COLUMNS, **more}
    delta.create(SETTINGS, "ops", "t", declared)
    found = delta.find(SETTINGS, "ops", "t")
    assert found is not None and delta.columns(found) == declared


def test_a_new_column_is_added_and_a_changed_type_is_refused() -> None:
    replace(FIRST, "a")
    delta.create(SETTINGS, "bronze", "f", {**COLUMNS, "more": "string"})
    assert delta.columns(table()) == {**COLUMNS, "more": "string"}
    assert stored() == [(FIRST, "a")]
    with pytest.raises(LakehouseError, match=r"bronze\.f: text is string, declared as bigint; a changed type needs"):
        delta.create(SETTINGS, "bronze", "f", {**COLUMNS, "text": "bigint"})


def test_a_delivery_replaces_its_own_rows_only() -> None:
    replace(FIRST, "a", "b")
    replace(SECOND, "c")
    replace(FIRST, "d")
    assert stored() == [(FIRST, "d"), (SECOND, "c")]
    replace(FIRST)
    assert stored() == [(SECOND, "c")]


def test_a_delivery_that_was_never_there_is_appended_and_nothing_to_remove_is_no_commit() -> None:
    replace(FIRST, "a")
    replace(SECOND, "b")
    (last,) = table().history(1)
    assert (last["operationParameters"]["mode"], last["run_id"]) == ("Append", "r")
    before = table().version()
    replace(THIRD)
    assert table().version() == before


def test_joined_files_still_give_a_delivery_back_alone() -> None:
    for delivery, text in ((FIRST, "a"), (SECOND, "b"), (THIRD, "c")):
        replace(delivery, text)
    assert delta.compact(table()) == "3 files, now 1"
    replace(SECOND, "x")
    assert stored() == [(FIRST, "a"), (SECOND, "x"), (THIRD, "c")]


def test_a_table_that_grows_by_the_minute_stays_in_few_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delta, "MOST_FILES", 3)
    files = []
    for text in "abcdef":
        delta.append(SETTINGS, "bronze", "f", rows(FIRST, text))
        files.append(len(table().file_uris()))
    assert files == [1, 2, 3, 1, 2, 3]
    assert stored() == [(FIRST, text) for text in "abcdef"]


def test_rows_are_there_although_somebody_else_joins_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def taken(*_: Any, **__: Any) -> None:
        raise CommitFailedError("removed by another commit")

    monkeypatch.setattr(delta, "MOST_FILES", 1)
    monkeypatch.setattr(TableOptimizer, "compact", taken)
    for text in "ab":
        delta.append(SETTINGS, "bronze", "f", rows(FIRST, text))
    assert stored() == [(FIRST, "a"), (FIRST, "b")]
