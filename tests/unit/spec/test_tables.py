"""Deliveries that fill several tables: found without reading, merged, ordered, and judged each for itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from lakehouse.errors import SpecError
from lakehouse.settings import CHECKOUT
from lakehouse.spec import discovery, schema
from lakehouse.spec.source import Source
from tests.support import example, uploads

DELIVERY, TRAINING, PLACE = uploads.DELIVERY, uploads.TRAINING, uploads.PLACE
TOLD = ["ags", "period"]


def write(
    folder: Path, table: str, delivery: str = DELIVERY, shared: dict[str, Any] | None = None, **declared: Any
) -> Path:
    """Writes what a delivery shares and one of its tables; returns the table's file."""
    path = folder / delivery / "tables" / f"{table}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    common = {**uploads.SHARED, **(shared or {})}
    (folder / delivery / "source.yml").write_text(yaml.safe_dump(common, allow_unicode=True), "utf-8")
    path.write_text(yaml.safe_dump({**uploads.PLACES, **declared}, allow_unicode=True), "utf-8")
    return path


def column(made: Source, name: str) -> Any:
    return next(column for column in made.columns if column.name == name)


def test_ids_are_found_without_reading_a_file(tmp_path: Path) -> None:
    for path in ("town__tree/source.yml", f"{DELIVERY}/source.yml", f"{DELIVERY}/tables/{PLACE}.yml",
                 f"{DELIVERY}/tables/{TRAINING}.yml", "no_feed/tables/x__y.txt"):  # fmt: skip
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"\xff: [not yaml")
    assert discovery.delivery_ids(tmp_path) == [DELIVERY, "town__tree"]
    assert discovery.feed_ids(tmp_path) == [TRAINING, "town__tree", PLACE]
    assert discovery.source_path(tmp_path, PLACE) == tmp_path / DELIVERY / "tables" / f"{PLACE}.yml"
    assert discovery.source_path(tmp_path, "town__tree") == tmp_path / "town__tree" / "source.yml"
    assert not discovery.source_path(tmp_path, "town__nothing").exists()
    delivered = {feed: discovery.delivery_of(tmp_path, feed) for feed in (PLACE, TRAINING, "town__tree")}
    assert delivered == {PLACE: DELIVERY, TRAINING: DELIVERY, "town__tree": "town__tree"}


def test_a_table_has_what_its_delivery_shares_and_its_own_key_wins(tmp_path: Path) -> None:
    shared = {"bounds": {"min_rows": 5, "max_quarantined_share": 1}}
    made = discovery.load_source(write(tmp_path, PLACE, shared=shared, owner="Library", bounds={"min_rows": 0}))
    assert (made.id, made.delivery, made.folder) == (PLACE, DELIVERY, tmp_path / DELIVERY)
    assert (made.title, made.owner, made.fictitious, made.scope_label) == ("Orte", "Library", True, "town")
    assert (made.bounds.min_rows, made.bounds.max_quarantined_share) == (0, 0.01), "a key wins as a whole"
    assert discovery.about(made) == ("Kurse", "Welche Kurse die Verwaltung anbietet.")
    assert made.format.sheet == "Orte"  # type: ignore[union-attr]


def test_a_table_of_the_inbox_knows_who_delivers_and_for_when(tmp_path: Path) -> None:
    made = discovery.load_source(write(tmp_path, PLACE))
    assert list(made.silver_columns.items()) == [
        ("ags", "string"), ("period", "string"), ("place", "string"), ("area", "double"), ("fictitious", "boolean")
    ]  # fmt: skip
    assert (made.key, made.load.kind, made.load.replaces) == ([*TOLD, "place"], "snapshot", TOLD)
    assert made.scope_columns == TOLD
    assert [c.name for c in made.delivered] == ["place", "area"]
    assert [c.name for c in made.bronze] == [*TOLD, "place", "area"]
    assert all(column(made, name).required and column(made, name).made_by == "path" for name in TOLD)
    assert discovery.load_source(write(tmp_path, PLACE, key=[])).key == [], "without a key rows are told by content"


def test_a_table_of_the_inbox_may_have_columns_that_are_derived(tmp_path: Path) -> None:
    columns = [*uploads.PLACES["columns"], {"name": "cell", "made_by": "derive"}]
    made = discovery.load_source(write(tmp_path, PLACE, transform="grid", columns=columns))
    assert (made.transform, [c.name for c in made.delivered]) == ("grid", ["place", "area"])
    assert list(made.silver_columns)[-2:] == ["cell", "fictitious"]


def test_what_people_type_is_german_unless_a_column_says_otherwise(tmp_path: Path) -> None:
    types = ["int", "bigint", "double", "decimal(9,2)", "date", "boolean", "string"]
    columns = [{"from": type_, "name": f"c{n}", "type": type_} for n, type_ in enumerate(types)]
    columns += [
        {"from": "point", "name": "point", "type": "double", "numbers": {"decimal": "."}},
        {"from": "iso", "name": "iso", "type": "date", "format": "yyyy-MM-dd"},
        {"from": "x", "name": "x", "type": "boolean", "booleans": {"true": ["x"], "false": [""]}},
    ]
    made = discovery.load_source(write(tmp_path, PLACE, key=["c6"], columns=columns))
    figures = [column(made, f"c{n}").numbers for n in range(4)]
    assert [(said.decimal, said.thousands) for said in figures] == [(",", ".")] * 4
    assert column(made, "c4").format == "d.M.yyyy"
    assert (column(made, "c5").booleans.true, column(made, "c5").booleans.false) == (
        ["ja", "Ja", "JA"], ["nein", "Nein", "NEIN"]
    )  # fmt: skip
    assert column(made, "c6").numbers.decimal is None
    assert (column(made, "point").numbers.decimal, column(made, "point").numbers.thousands) == (".", None)
    assert (column(made, "iso").format, column(made, "x").booleans.true) == ("yyyy-MM-dd", ["x"])


def test_tables_of_a_delivery_that_is_fetched_are_not_german(tmp_path: Path) -> None:
    declared = example.declared()
    own = {name: declared.pop(name) for name in ("columns", "key", "title")}
    path = write(tmp_path, PLACE, **{**own, "format": declared["format"]})
    (path.parent.parent / "source.yml").write_text(yaml.safe_dump(declared), "utf-8")
    made = discovery.load_source(path)
    assert (made.key, made.load.replaces, made.scope_columns) == (["tree"], [], [])


def referring(*tables: tuple[str, str | None]) -> list[tuple[str, dict[str, Any]]]:
    """Declarations of tables with a column `a`, and one that refers to another."""
    made = []
    for table, to in tables:
        columns: list[dict[str, Any]] = [{"from": "A", "name": "a"}]
        columns += [{"from": "B", "name": "b", "refers_to": to}] if to else []
        made.append((table, {"key": ["a"], "columns": columns}))
    return made


def delivered(folder: Path, *tables: tuple[str, str | None]) -> list[str]:
    for table, declared in referring(*tables):
        write(folder, table, **declared)
    return [made.id for made in discovery.load_delivery(folder, DELIVERY)]


def test_tables_come_behind_those_that_they_refer_to(tmp_path: Path) -> None:
    found = delivered(
        tmp_path, ("town__a", "town__c.a"), ("town__b", "town__b.a"), ("town__c", "town__d.a"), ("town__d", None)
    )
    assert found == ["town__b", "town__d", "town__c", "town__a"]
    example.write(tmp_path)
    assert [made.id for made in discovery.load_delivery(tmp_path, example.FEED)] == [example.FEED]


@pytest.mark.parametrize("to", ["town__nothing.a", "town__b.z", "town__tree.tree", "town__b._delivery_id"])
def test_a_reference_to_what_the_delivery_does_not_bring_is_refused_with_the_file(to: str, tmp_path: Path) -> None:
    example.write(tmp_path)
    if to == "town__b._delivery_id":
        with pytest.raises(SpecError, match=r"town__a\.yml: columns\.3\.refers_to"):
            delivered(tmp_path, ("town__a", to), ("town__b", None))
        return
    with pytest.raises(SpecError, match=rf"tables/town__a\.yml: {to} is not in this delivery"):
        delivered(tmp_path, ("town__a", to), ("town__b", None))


def test_tables_that_refer_to_each_other_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"tables: town__a, town__b refer to each other"):
        delivered(tmp_path, ("town__a", "town__b.a"), ("town__b", "town__a.a"), ("town__c", None))


def test_a_wrong_table_stops_its_delivery_and_no_other(tmp_path: Path) -> None:
    uploads.tables(tmp_path)
    example.write(tmp_path)
    write(tmp_path, "land__good", "land__one")
    write(tmp_path, "land__bad", "land__one", colour="red")
    tables, refused = discovery.deliverable(tmp_path, discovery.delivery_ids(tmp_path))
    assert {delivery: [made.id for made in found] for delivery, found in tables.items()} == {
        DELIVERY: [PLACE, TRAINING], example.FEED: [example.FEED]
    }  # fmt: skip
    assert list(refused) == ["land__one"]
    assert refused["land__one"].startswith(f"{tmp_path}/land__one/tables/land__bad.yml: colour: ")
    # table by table the good one can be read
    sources, wrong = discovery.readable(tmp_path, ["land__good", "land__bad"])
    assert (list(sources), list(wrong)) == (["land__good"], ["land__bad"])


@pytest.mark.parametrize(
    ("table", "declared", "said"),
    [
        ("Town__x", {}, "is not a feed id"),
        (PLACE, {"format": {"type": "csv", "encoding": "utf-8", "delimiter": ","}}, "a workbook: format xlsx"),
        (PLACE, {"schedule": "0 4 * * *"}, "a feed has a schedule, unless"),
        (PLACE, {"columns": [*uploads.PLACES["columns"], {"name": "a", "made_by": "prepare"}]}, "made_by prepare"),
        (PLACE, {"columns": [{"from": "Ags", "name": "ags"}]}, "made_by path .*, or a delivered one"),
        (PLACE, {"columns": uploads.PLACES["columns"] * 2}, r"columns are declared twice: \['area', 'place'\]"),
        (PLACE, {"key": ["nothing"]}, r"unknown silver columns: \['nothing'\]"),
        (PLACE, {"rules": [{"column": "z", "check": "z > 0", "reason": "r", "message": "m"}]}, r"columns: \['z'\]"),
        (PLACE, {"rules": [{"column": "area", "check": "", "reason": "r", "message": "m"}]}, "rules.0.check"),
        (PLACE, {"rules": [{"column": "area", "check": "area > 0", "reason": "r"}]}, "rules.0.message"),
        (PLACE, {"columns": [{"from": "Ort", "name": "place", "many": True}]}, "many is for rdf and xml, or for codes"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_is_refused_with_its_file(
    table: str, declared: dict[str, Any], said: str, tmp_path: Path
) -> None:
    path = write(tmp_path, table, **declared)
    with pytest.raises(SpecError, match=said) as refused:
        discovery.load_source(path)
    assert str(refused.value).startswith(str(path))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"codes": {"a": "Eins", "b": "eins"}}, r"mean two things: \['eins'\]"),
        ({"codes": {"a": "B", "b": "C"}}, r"mean two things: \['b'\]"),
        ({"codes": {"a": "Straße – 1", "b": "strasse-1"}}, "mean two things"),
        ({"codes": {"a": "A"}, "values": ["a"]}, "codes need type string and stand for pattern and values"),
        ({"codes": {"a": "A"}, "pattern": "a"}, "codes need type string"),
        ({"codes": {"1": "Eins"}, "type": "int"}, "codes need type string"),
        ({"refers_to": "nothing"}, "refers_to"),
    ],
)
def test_codes_that_mean_two_things_are_refused(more: dict[str, Any], said: str, tmp_path: Path) -> None:
    declared = {"key": ["place"], "columns": [{"from": "Ort", "name": "place", **more}]}
    with pytest.raises(SpecError, match=said):
        discovery.load_source(write(tmp_path, PLACE, **declared))


def test_a_column_is_called_by_its_label_or_by_what_the_file_says(tmp_path: Path) -> None:
    columns = [
        {"from": "Ort", "name": "place", "codes": {"a": "a", "b": "B"}},
        {"from": "F", "name": "area", "label": "Fläche"},
    ]
    made = discovery.load_source(write(tmp_path, PLACE, columns=columns))
    assert [c.title for c in made.columns] == [*TOLD, "Ort", "Fläche"]
    assert column(made, "place").codes == {"a": "a", "b": "B"}, "a code may be its own label"


def test_the_schema_of_a_part_asks_for_no_key_and_knows_all() -> None:
    whole, part = json.loads(schema.text()), json.loads(schema.text(part=True))
    assert (CHECKOUT / "sources" / schema.PART_NAME).read_text("utf-8") == schema.text(part=True)
    assert "required" not in part and part["properties"] == whole["properties"]
    validator = jsonschema.Draft202012Validator(part)
    for declared in (uploads.SHARED, uploads.TRAININGS, uploads.PLACES):
        assert list(validator.iter_errors(declared)) == []
    assert all(
        list(validator.iter_errors({**uploads.PLACES, **wrong})) for wrong in ({"colour": "red"}, {"key": ["A"]})
    )
