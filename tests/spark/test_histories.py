"""Every history of a key over three deliveries: one class each, and what one delivery after the other would leave."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from pyspark.sql import Row, SparkSession

from tests.support import example
from tests.support.rows import HEIGHT, SNAPSHOT, TREE, UPSERT, classify

# what the text of each delivery says of one key: (records, reading of each: a value, or None if it cannot be read)
STATES: dict[str, list[str | None]] = {
    "absent": [], "one": ["1"], "two": ["2"], "same twice": ["1", "1"], "contradicts": ["1", "2"], "broken": [None],
}  # fmt: skip
HISTORIES = list(product(STATES, repeat=3))


@pytest.fixture(scope="module", params=[UPSERT, SNAPSHOT], ids=["upsert", "snapshot"])
def histories(
    request: pytest.FixtureRequest, spark: SparkSession, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, list[Row]]]:
    """Every history of a key over three deliveries, one key each, all of them in one batch."""
    work = tmp_path_factory.mktemp("histories")
    source = example.source(work, columns=[TREE, HEIGHT], load=request.param)
    deliveries = [
        "\n".join(f"k{n},{value or '?'}" for n, history in enumerate(HISTORIES) for value in STATES[history[number]])
        for number in range(3)
    ]
    yield request.param["kind"], classify(spark, source, work, *deliveries)


def of_key(rows: list[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {f"k{n}": [] for n in range(len(HISTORIES))}
    for row in rows:
        found[row["tree"]].append(row)
    return found


def test_every_record_is_in_exactly_one_class(histories: tuple[str, list[Row]]) -> None:
    _, rows = histories
    expected = sum(len(STATES[state]) for history in HISTORIES for state in history)
    assert len(rows) == expected
    assert len({(row["_delivery_id"], row["_record_number"]) for row in rows}) == expected
    for key, found in of_key(rows).items():
        assert len(found) == sum(len(STATES[state]) for state in HISTORIES[int(key[1:])])


def test_the_valid_row_is_what_one_delivery_after_the_other_would_leave(histories: tuple[str, list[Row]]) -> None:
    kind, rows = histories
    for key, found in of_key(rows).items():
        history = HISTORIES[int(key[1:])]
        left: str | None = None
        for state in history:
            readable = set(STATES[state]) - {None}
            if kind == "snapshot":
                left = None
            if len(readable) == 1:
                (left,) = readable
        valid = [f"{row['height']:.0f}" for row in found if row["_class"] == "valid"]
        assert valid == ([] if left is None else [left]), history


def test_quarantine_holds_what_is_broken_or_contradicts(histories: tuple[str, list[Row]]) -> None:
    _, rows = histories
    for key, found in of_key(rows).items():
        history = HISTORIES[int(key[1:])]
        expected = {"broken": 1, "contradicts": 2}
        refused = [row for row in found if row["_class"] == "quarantined"]
        assert len(refused) == sum(expected.get(state, 0) for state in history), history
        for row in refused:
            (reason,) = row["_reasons"]
            assert reason.startswith("height: '?' is not a number") or (
                reason == f"the key ({key}) comes twice in this delivery with different content"
            )


def test_duplicates_have_a_twin_that_counts_and_superseded_rows_have_none(histories: tuple[str, list[Row]]) -> None:
    _, rows = histories
    for key, found in of_key(rows).items():
        good = [row for row in found if row["_class"] != "quarantined"]
        for row in good:
            later = [r["height"] for r in good if r["_delivery_id"] > row["_delivery_id"]]
            same = [r["height"] for r in good if r["_delivery_id"] == row["_delivery_id"]]
            if row["_class"] == "duplicate":
                assert row["height"] in later or len(same) > 1, (HISTORIES[int(key[1:])], row)
            if row["_class"] == "superseded":
                assert not later or later[-1] != row["height"], (HISTORIES[int(key[1:])], row)


def test_only_quarantined_rows_carry_reasons(histories: tuple[str, list[Row]]) -> None:
    assert all(bool(row["_reasons"]) == (row["_class"] == "quarantined") for row in histories[1])
