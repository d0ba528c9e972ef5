"""Files that are about something else than they should be, and texts that Excel wrapped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse import _parse
from lakehouse.spec.source import Source
from tests.support import example
from tests.support.hostile import packed
from tests.unit.ingest.test_parse import parsed, values
from tests.unit.ingest.test_parse_formats import columns
from tests.unit.ingest.test_parse_formats import parsed as parsed_as

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


@pytest.mark.parametrize(
    ("damaged", "says"),
    [
        ("M├╝nster", "holds UTF-8 encoded twice ('├╝') in species"),
        ("Stra√üe", "holds UTF-8 encoded twice ('√ü') in species"),
        ("MĂĽnster", "holds UTF-8 encoded twice ('ĂĽ') in species"),
    ],
)
def test_text_of_another_code_page_is_quarantined(damaged: str, says: str, tmp_path: Path) -> None:
    _, rows = parsed(tmp_path, f"Baum,Art\n1,{damaged}\n2,Ärzte–Ă\n")
    assert [row["_record_error"] for row in rows] == [says, None]


def test_a_value_that_means_nothing_says_nothing_of_what_a_file_is_about(tmp_path: Path) -> None:
    columns = [{"from": "Baum", "name": "tree", "nulls": ["", "-"]}, {"from": "Art", "name": "species"}]
    source, delivered = example.source(tmp_path, fetch=FETCH, columns=columns, key=["species"]), tmp_path / "a.csv"
    delivered.write_text("Baum,Art\n-,Eiche\n17,Linde\n", "utf-8")
    assert _parse(source, delivered, delivered.name, tmp_path / "a.parquet", {"tree": "17"}).records == 2


def test_joined_files_with_their_columns_in_different_orders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DeliveryRejected, match="is joined of files with their columns in different orders"):
        parsed(tmp_path, "Baum,Art\n1,Eiche\n\ufeffArt,Baum\nLinde,2\n")


def test_text_that_goes_on_behind_the_last_field_is_quarantined(tmp_path: Path) -> None:
    layout = {"type": "fixed_width", "encoding": "utf-8", "fields": {"Baum": [0, 3], "Art": [3, 8]}}
    _, rows = parsed_as(tmp_path, layout, "001Eiche\n002Buchen\n003Ulme  x\n", columns("Baum", "Art"))
    assert [row["_record_error"] for row in rows] == [None, "has text that goes on behind its last field at 8", None]


def test_what_a_mac_packs_beside_a_file_is_no_file(tmp_path: Path) -> None:
    trees = ("Ba\u0308ume.csv", b"Baum;Art\n1;Eiche\n")
    content = packed(("__MACOSX/._Bäume.csv", b"\0\5\x16"), ("._Bäume.csv", b"\0"), trees)
    archive = {"type": "zip", "members": "*Bäume.csv"}
    format_ = {"type": "csv", "encoding": "utf-8", "delimiter": ";", "archive": archive}
    found, rows = parsed_as(tmp_path, format_, content, columns("Baum"))
    assert (found.records, rows[0]["c0"]) == (1, "1")


def test_names_of_json_have_one_form(tmp_path: Path) -> None:
    declared = [{"from": "/Höhe", "name": "c0", "optional": True}]
    format_ = {"type": "json", "records": "$[*]"}
    _, rows = parsed_as(tmp_path, format_, '[{"Ho\u0308he": "1"}, {"Höhe": "2"}]', declared)
    assert [row["c0"] for row in rows] == ["1", "2"]
    with pytest.raises(DeliveryRejected, match="holds the name 'Höhe' twice in one object"):
        parsed_as(tmp_path, format_, '[{"Höhe": "3", "Ho\u0308he": "4"}]', declared)
