"""Files that are about something else than they should be, and texts that Excel wrapped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse import _parse
from lakehouse.spec.source import Source
from tests.support import example
from tests.unit.ingest.test_parse import parsed, values

FETCH = {"connector": "http", "files": ["tree_0017.csv"], "max_bytes": 1000, "path_pattern": r"tree_0*(?P<tree>\d+)\."}


def of_one_tree(folder: Path) -> Source:
    return example.source(folder, fetch=FETCH)


@pytest.mark.parametrize("careful", [True, False])
def test_a_file_of_another_thing_is_refused(careful: bool, tmp_path: Path) -> None:
    source, delivered = of_one_tree(tmp_path), tmp_path / "tree_0017.csv"
    told = source.fetch.path_values("http://feeds/tree_0017.csv")
    delivered.write_text("Baum,Art\n17,Eiche\n 17 ,Linde\n,Ulme\n", "utf-8")
    assert _parse(source, delivered, delivered.name, tmp_path / "a.parquet", told, careful).records == 3
    delivered.write_text("Baum,Art\n17,Eiche\n18,Linde\n", "utf-8")
    with pytest.raises(DeliveryRejected) as refused:
        _parse(source, delivered, delivered.name, tmp_path / "b.parquet", told, careful)
    assert "tree_0017.csv, record 2: is about tree '18', and its address about '17'" in str(refused.value)


def test_a_text_in_a_formula_is_read_and_kept_as_it_was_delivered(tmp_path: Path) -> None:
    _, rows = parsed(tmp_path, '="Baum",Art\n="007","=""Eiche"""\n8,=A1\n')
    assert values(rows) == [("007", "Eiche"), ("8", "=A1")]
    assert json.loads(rows[0]["_raw"]) == {"tree": '="007"', "species": '="Eiche"'}
    assert rows[1]["_raw"] is None
