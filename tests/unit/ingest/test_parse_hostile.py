"""Malformed and hostile deliveries: each ends in one named rejection, or in exactly the expected quarantined records.

Every case lists what must come out of each record, so a value that turned into NULL or anything else would show.
"""

from __future__ import annotations

import json
import resource
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse import parse_to_parquet
from lakehouse.ingest.parse.records import MAX_RAW
from tests.support import hostile_structured, hostile_text
from tests.support.hostile import (
    MAX_GROWTH_BYTES,
    MAX_SECONDS,
    NAMES,
    Bad,
    Case,
    feed,
)

CASES = [*hostile_text.CASES, *hostile_structured.CASES]


def test_the_corpus_is_large_and_its_names_differ() -> None:
    assert len(CASES) >= 60
    assert len({case.name for case in CASES}) == len(CASES)
    assert {case.format["type"] for case in CASES} == set(NAMES)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_hostile_delivery(case: Case, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source, delivered, into = feed(tmp_path, case), tmp_path / "delivered", tmp_path / "parsed.parquet"
    delivered.write_bytes(case.content)
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    if case.refused is not None:
        with pytest.raises(DeliveryRejected) as error:
            parse_to_parquet(source, delivered, "all", into)
        assert case.refused in str(error.value)
        assert str(error.value).startswith("town__tree: all")
        assert len(str(error.value)) < 1000
        assert str(tmp_path) not in str(error.value), "says nothing of this machine"
    else:
        found = parse_to_parquet(source, delivered, "all", into)
        assert found.records == len(case.rows)
        assert len(found.extra_columns) <= 100
        check_rows(case, pq.read_table(into).to_pylist())
    assert time.process_time() - started < MAX_SECONDS
    # kibibytes on Linux
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < MAX_GROWTH_BYTES
    assert {path.name for path in tmp_path.iterdir()} <= {"town__tree", "delivered", "parsed.parquet"}
    assert capfd.readouterr() == ("", "")


def check_rows(case: Case, rows: list[dict[str, Any]]) -> None:
    for number, (row, expected) in enumerate(zip(rows, case.rows, strict=True), 1):
        assert row["_record_number"] == number
        if isinstance(expected, Bad):
            assert (row["tree"], row["species"]) == (None, None)
            assert expected.says in row["_record_error"]
            assert expected.raw in row["_raw"]
            assert len(row["_raw"]) < 2 * MAX_RAW
            json.loads(row["_raw"])
        else:
            assert (row["tree"], row["species"]) == expected
            assert row["_record_error"] is None
