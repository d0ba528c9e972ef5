"""`source.yml`: what is refused, with file, field and reason; what the silver table then looks like."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from lakehouse.errors import SpecError
from lakehouse.lake.fingerprint import fingerprint
from lakehouse.settings import CHECKOUT
from lakehouse.spec.column import Column
from lakehouse.spec.discovery import discover, load_source, readable
from tests.support import example

TREE = {"from": "Baum", "name": "tree", "required": True}
UNPIVOT = {
    "columns": [
        TREE,
        {"from": "Höhe", "name": "height"},
        {"from": "Umfang", "name": "girth"},
        {"made_by": "unpivot", "name": "value", "type": "decimal(5,2)"},
    ],
    "unpivot": {
        "value": "value",
        "measures": {"height": {"quantity": "height", "unit": "m"}, "girth": {"quantity": "girth", "unit": "cm"}},
    },
    "key": ["tree", "quantity"],
}


def paged_csv(fetched: str, **dialect: Any) -> dict[str, Any]:
    pages = {"parameter": "page", "csv_delimiter": fetched}
    declared = {"type": "csv", "encoding": "utf-8", "delimiter": ";", "archive": {"type": "zip"}, **dialect}
    fetch = {"connector": "rest", "address": "a", "max_pages": 2, "max_bytes": 1, "pages": pages}
    return {"fetch": fetch, "format": declared}


def column(**declared: Any) -> dict[str, Any]:
    return {"columns": [TREE, {"from": "Wert", "name": "value", **declared}]}


def unpivot(**changes: Any) -> dict[str, Any]:
    return {**UNPIVOT, "unpivot": {**UNPIVOT["unpivot"], **changes}}


NEWS = paged_csv(";")
NEWS["fetch"] |= {"resume": {"parameter": "since", "value": "{since}"}}


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"colums": []}, "colums", "Extra inputs are not permitted"),
        ({"format": {"type": "csv", "encoding": "utf-8", "delimiter": ",", "quote": "'"}}, "format.csv.quote", "Extra"),
        ({"format": {"type": "csv", "encoding": "utf8", "delimiter": ","}}, "format.csv.encoding", "'utf-8'"),
        (
            {"format": {"type": "csv", "encoding": "utf-8", "delimiter": ",", "footer": "("}},
            "format.csv",
            "is not a valid pattern",
        ),
        ({"fetch": {"connector": "http", "files": [], "max_bytes": 1}}, "fetch.http.files", "at least 1 item"),
        ({"fetch": {"connector": "http", "files": ["a"], "max_bytes": 0}}, "fetch.http.max_bytes", "greater than 0"),
        ({"fetch": {"connector": "ftp", "files": ["a"], "max_bytes": 1}}, "fetch", "'http'"),
        (paged_csv(","), "source", "belong together, with the same delimiter"),
        (paged_csv(";", skip_lines=1), "source", "a page of CSV is one header line and records"),
        ({"key": ["trea"]}, "source", "unknown silver columns: ['trea']"),
        ({"scope": {"column": "distrikt", "values": ["1"]}}, "source", "unknown silver columns: ['distrikt']"),
        ({"load": {"kind": "snapshot", "replaces": ["yaer"]}}, "source", "unknown silver columns: ['yaer']"),
        ({"load": {"kind": "upsert"}, "key": []}, "source", "upsert needs a key"),
        ({"load": {"kind": "upsert", "replaces": ["tree"]}}, "source", "upsert needs a key and knows no `replaces`"),
        (NEWS, "source", "a list that is asked for news holds only what changed: load must be upsert"),
        ({"licence_note": ""}, "source", "needs a licence_note"),
        ({"licence": {"id": "https://example.org/free", "attribution": "Town"}}, "licence.id", "pattern"),
        ({"columns": [TREE, TREE]}, "source", "declared twice: ['tree']"),
        ({"constants": {"tree": "oak"}}, "source", "declared twice: ['tree']"),
        ({"bounds": {"max_quarantined_share": 1.5}}, "bounds.max_quarantined_share", "less than or equal to 1"),
        (column(type="decimal"), "columns.1.type", "pattern"),
        (column(type="decimal(5,7)"), "columns.1", "decimal(5,7) does not exist"),
        (column(type="decimal(39,2)"), "columns.1", "decimal(39,2) does not exist"),
        (column(type="int", numbers={"decimal": "·"}), "columns.1.numbers.decimal", "'.' or ','"),
        (column(type="decimal(5,2)", numbers={"decimal": ".", "thousands": "."}), "columns.1.numbers", "must differ"),
        (column(numbers={"decimal": ","}), "columns.1", "numbers and signs need a numeric type"),
        (column(minimum=0), "columns.1", "of a numeric type"),
        (column(type="int", minimum=2, maximum=1), "columns.1", "minimum is above maximum"),
        (column(type="int", pattern=r"\d"), "columns.1", "pattern and values need type string"),
        (column(pattern="("), "columns.1", "'(' is not a valid pattern"),
        (column(made_by="prepare"), "columns.1", "either `from` or `made_by`"),
        ({"columns": [TREE, {"name": "value"}]}, "columns.1", "either `from` or `made_by`"),
        ({"columns": [TREE, {"from": "", "name": "value"}]}, "source", "an empty `from` means the record itself"),
        (column(format="dd.MM.yyyy"), "columns.1", "format needs type date or timestamp"),
        (column(type="date", format="dd. MMM yyyy'x'"), "columns.1", "format needs type date or timestamp"),
        (column(type="timestamp", zone="Europe/Berlin"), "columns.1", "zone and zones_before need type timestamp"),
        (
            column(type="timestamp", format="yyyy-MM-dd HH:mm", zone="Europe/Marl"),
            "columns.1.zone",
            "there is no time zone Europe/Marl",
        ),
        (column(type="timestamp", format="yyyy", zone="+1:00"), "columns.1.zone", "there is no time zone +1:00"),
        (column(type="date", format="yyyyy"), "columns.1", "format needs type date or timestamp"),
        (column(type="date", format="d. MMM yyyy"), "columns.1", "months, the language of their names"),
        (column(type="date", format="d.M.yyyy", months="de"), "columns.1", "months, the language of their names"),
        (column(type="date", format="yyyy-MM-ddXXX"), "columns.1", "a date has no offset"),
        (column(type="double", numbers={"thousands": "."}), "columns.1", "say which sign they begin with"),
        (column(type="date", months="de"), "columns.1", "pivot and months need a format"),
        (column(type="timestamp", format="epoch"), "columns.1", "format epoch needs a `minimum`"),
        (column(type="date", format="epoch_ms"), "columns.1", "format epoch_ms needs type timestamp"),
        (column(type="timestamp", format="yyyy-MM-dd HHXXX", zone="+01:00"), "columns.1", "has no other zone"),
        (column(type="timestamp", zones_before={dt.date(2000, 1, 1): "+01:00"}), "columns.1", "a calendar and clock"),
        (column(type="timestamp", format="yyyy", repeated_hour="in_order"), "columns.1", "whose clocks are put back"),
        (column(booleans={"true": ["ja"]}), "columns.1", "booleans needs type boolean"),
        (column(type="boolean", booleans={"true": ["1"], "false": ["1"]}), "columns.1.booleans", "true and false"),
        (column(personal=True), "columns.1", "what names a person stays in bronze"),
        ({"columns": [TREE, {"made_by": "prepare", "name": "v", "optional": True}]}, "columns.1", "need `from`"),
        ({"scope": {"column": "tree"}}, "scope", "either `values` or `pattern`"),
        ({"drop": [{"column": "total", "pattern": "x"}]}, "source", "drop names columns that are not delivered"),
        ({"expects": {"column": "ags", "values": ["05562024"]}}, "source", "unknown silver columns: ['ags']"),
        ({"health": {"cadence_days": 0}}, "health.cadence_days", "greater than 0"),
        ({"columns": [TREE, {"from": "Wert", "name": "Value"}]}, "columns.1.name", "pattern"),
        (unpivot(value="valeu"), "source", "unpivot.value and the one column made_by unpivot"),
        (unpivot(measures={"hieght": {"quantity": "height"}}), "source", "not delivered: ['hieght']"),
        (unpivot(measures={"height": {"quantity": "h"}, "girth": {"unit": "cm"}}), "unpivot", "the same attributes"),
        (unpivot(measures={"height": {"tree": "h"}}), "source", "declared twice: ['tree']"),
        (
            {**UNPIVOT, "columns": [*UNPIVOT["columns"][:3], {**UNPIVOT["columns"][3], "silver": False}]},
            "source",
            "reach silver",
        ),
    ],
)
def test_a_contradiction_is_refused(changes: dict[str, Any], field: str, reason: str, tmp_path: Path) -> None:
    path = example.write(tmp_path, **changes)
    with pytest.raises(SpecError) as refused:
        load_source(path)
    where, _, said = str(refused.value).removeprefix(f"{path}: ").partition(": ")
    assert str(refused.value).startswith(f"{path}: ")
    assert where == field
    assert reason in said


@pytest.mark.parametrize("text", ["", "- a list", "title: [", "id: town__tree\ntitle: Trees"])
def test_what_is_no_source_is_refused_with_its_file(text: str, tmp_path: Path) -> None:
    path = example.write(tmp_path)
    path.write_text(text, "utf-8")
    with pytest.raises(SpecError, match="source.yml: "):
        load_source(path)


def test_all_problems_are_named_at_once(tmp_path: Path) -> None:
    path = example.write(tmp_path, colums=[], owner=None)
    with pytest.raises(SpecError, match="owner.*colums|colums.*owner"):
        load_source(path)


@pytest.mark.parametrize("feed", ["tree", "Town__tree", "town__", "town-x__tree", "1town__tree"])
def test_the_folder_must_be_named_like_a_feed(feed: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="is not a feed id"):
        load_source(example.write(tmp_path, feed))


def test_discovery_finds_every_folder_with_a_source_and_nothing_else(tmp_path: Path) -> None:
    for feed in ("town__tree", "land__river"):
        example.write(tmp_path, feed)
    (tmp_path / "notes").mkdir()
    (tmp_path / "source.yml").write_text("no source", "utf-8")
    found = discover(tmp_path)
    assert list(found) == ["land__river", "town__tree"]
    assert found["land__river"].folder == tmp_path / "land__river"


def test_one_wrong_source_stops_discovery_and_is_named(tmp_path: Path) -> None:
    example.write(tmp_path, "town__tree")
    example.write(tmp_path, "land__river", key=["rivre"])
    with pytest.raises(SpecError, match="land__river/source.yml: source: .*rivre"):
        discover(tmp_path)
    sources, refused = readable(tmp_path, ["land__river", "town__tree", "town__oak"])
    assert list(sources) == ["town__tree"]
    assert list(refused) == ["land__river", "town__oak"]
    assert "town__oak/source.yml: [Errno 2] No such file" in refused["town__oak"]


def test_silver_columns_of_a_plain_feed(tmp_path: Path) -> None:
    columns = [TREE, {"from": "x", "name": "x", "silver": False}, {"made_by": "derive", "name": "age", "type": "int"}]
    found = example.source(tmp_path, columns=columns, constants={"year": 2020, "kind": "tree"})
    assert found.silver_columns == {"tree": "string", "age": "int", "year": "int", "kind": "string"}
    assert [c.name for c in found.delivered] == ["tree", "x"]
    assert found.key_columns == {"tree": "string"}
    assert found.rows_per_record == 1


def test_silver_columns_of_an_unpivoted_feed(tmp_path: Path) -> None:
    found = example.source(tmp_path, **UNPIVOT)
    assert list(found.silver_columns.items()) == [
        ("tree", "string"),
        ("quantity", "string"),
        ("unit", "string"),
        ("value", "decimal(5,2)"),
    ]
    assert found.key_columns == {"tree": "string", "quantity": "string"}
    assert found.rows_per_record == 2


def test_a_feed_without_key_gets_hash_and_occurrence(tmp_path: Path) -> None:
    assert example.source(tmp_path, key=[]).key_columns == {"_content_hash": "string", "_occurrence": "int"}


# DESIGN.md, "Silver tables"
@pytest.mark.parametrize(
    ("feed", "key", "types"),
    [
        (
            "gvisys__municipality",
            ["territorial_status_date", "record_type", "ars"],
            {"ags": "string", "area_km2": "decimal(10,2)", "inhabitants": "bigint", "longitude": "decimal(9,6)",
             "territorial_status_date": "date", "inhabitants_date": "date"},
        ),
        (
            "breitbandatlas__household_coverage",
            ["ags", "technology", "min_download_mbit_s", "reference_date"],
            {"households_pct": "decimal(5,2)", "min_download_mbit_s": "int", "reference_date": "date",
             "definition_version": "string"},
        ),
        (
            "esf_nrw__grant",
            ["_content_hash", "_occurrence"],
            {"approval_year": "int", "beneficiary": "string", "amount_eur": "decimal(14,2)"},
        ),
        (
            "uba__air_quality_hour",
            ["station_code", "observed_at", "quantity"],
            {"observed_at": "timestamp", "value": "decimal(9,3)", "unit": "string", "averaging": "string",
             "plausibility": "string", "air_quality_index": "string"},
        ),
    ],
)  # fmt: skip
def test_silver_of_the_real_feeds_is_as_designed(feed: str, key: list[str], types: dict[str, str]) -> None:
    found = load_source(CHECKOUT / "sources" / feed / "source.yml")
    assert list(found.key_columns) == key
    assert found.silver_columns.items() >= types.items()


def test_a_column_is_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Column(source="a", name="a").name = "b"  # type: ignore[misc]


def test_the_fingerprint_changes_with_bytes_and_names_only(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        (folder / "models").mkdir(parents=True)
        (folder / "models" / "a.sql").write_text("select 1", "utf-8")
    before = fingerprint(one)
    assert before == fingerprint(two), "the same content at another place and time is the same code"
    for generated in ("target/run.json", "logs/dbt.log", "__pycache__/a.pyc", "models/.swp"):
        path = one / generated
        path.parent.mkdir(exist_ok=True)
        path.write_text("generated", "utf-8")
    assert fingerprint(one) == before
    (one / "models" / "a.sql").write_text("select 2", "utf-8")
    assert fingerprint(one) != before
    (two / "models" / "a.sql").rename(two / "models" / "b.sql")
    assert fingerprint(two) != before


def test_the_fingerprint_tells_a_moved_boundary(tmp_path: Path) -> None:
    for folder, first, second in (("one", "ab", "c"), ("two", "a", "bc")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1").write_text(first, "utf-8")
        (tmp_path / folder / "2").write_text(second, "utf-8")
    assert fingerprint(tmp_path / "one") != fingerprint(tmp_path / "two")
