"""What a release says of itself as rows, whatever engine shows them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lakehouse.lake import dictionary
from lakehouse.lake.dictionary import DICTIONARY, QUALITY, RELEASES
from lakehouse.lake.release import Manifest
from tests.unit.lake.test_release_manifest import EXAMPLE


def manifest(release: int = 3, **marts: dict[str, Any]) -> Manifest:
    """The manifest of DESIGN.md, its only mart under other names and with changes."""
    tree = EXAMPLE["marts"]["mart_tree"]
    made = {name: {**tree, **changes} for name, changes in marts.items()}
    return Manifest.model_validate({**EXAMPLE, "release": release, "marts": made})


def rows(found: Manifest) -> list[dict[str, Any]]:
    names = [column.name for column in DICTIONARY]
    return [dict(zip(names, row, strict=True)) for row in dictionary.dictionary(found)]


def test_each_column_of_each_mart_is_a_row() -> None:
    columns = [
        {**EXAMPLE["marts"]["mart_tree"]["columns"][0], **change}
        for change in ({"name": "height", "unit": "m"}, {"name": "ags", "publish": False})
    ]
    described = {"columns": columns, "description": "One tree per id, e.g. an oak. Heights in metres.", "key": ["ags"]}
    found = rows(manifest(mart_b={}, mart_a={**described, "inputs": ["town__tree", "land__river", "ops__deliveries"]}))
    assert [(row["mart"], row["position"], row["column_name"]) for row in found] == [
        ("mart_a", 1, "height"), ("mart_a", 2, "ags"), ("mart_b", 1, "ags")
    ]  # fmt: skip
    height, ags, plain = found
    assert (height["unit"], height["is_key"], height["may_be_published"]) == ("m", False, True)
    assert (ags["unit"], ags["is_key"], ags["may_be_published"]) == (None, True, False)
    assert (height["feeds"], height["sources"]) == (["town__tree", "land__river"], ["Trees", "Rivers"])
    assert height["licences"] == ["http://dcat-ap.de/def/licenses/dl-by-de/2.0", "none named"]
    assert (height["fictitious"], plain["fictitious"]) == (True, False), "one made-up source is enough"
    assert height["deprecated_until"] == dt.date(2027, 6, 30)
    assert plain["grain"] == "Größe der Bäume", "a description may be one sentence"


def test_the_grain_is_the_first_sentence_and_no_abbreviation_ends_it() -> None:
    (row,) = rows(manifest(mart_a={"description": "One tree per id, e.g. an oak. Heights in metres."}))
    assert row["grain"] == "One tree per id, e.g. an oak."


def test_each_release_is_a_row_with_the_marts_that_changed() -> None:
    other = [{**EXAMPLE["marts"]["mart_tree"]["files"][0], "path": "part-1.parquet"}]
    first, second = manifest(3, mart_a={}, mart_b={}), manifest(4, mart_a={}, mart_b={"files": other}, mart_c={})
    names = [column.name for column in RELEASES]
    told = [dict(zip(names, row, strict=True)) for row in dictionary.releases([first, second])]
    assert [(row["release"], row["marts"], row["rows"]) for row in told] == [(3, 2, 22008), (4, 3, 33012)]
    assert [row["changed_marts"] for row in told] == [["mart_a", "mart_b"], ["mart_b", "mart_c"]]
    assert dictionary.releases([second], before=first) == dictionary.releases([first, second])[1:]


def test_every_column_of_both_is_described_in_both_languages() -> None:
    assert [column.name for column in (*DICTIONARY, *RELEASES) if not (column.label_de and column.description)] == []


def test_each_rule_is_a_row_of_each_mart_that_it_reads() -> None:
    (check,) = EXAMPLE["checks"]
    between = {**check, "suite": "reconciliation", "rule": "sums", "marts": [], "failing_rows": None}
    both = {**check, "marts": ["mart_b", "mart_a"]}
    found = manifest(mart_a={}, mart_b={})
    found = Manifest.model_validate({**found.model_dump(), "checks": [both, between]})
    names = [column.name for column in QUALITY]
    told = [dict(zip(names, row, strict=True)) for row in dictionary.quality(found)]
    assert [(row["mart"], row["rule"], row["passed"], row["failing_rows"]) for row in told] == [
        (None, "sums", False, None), ("mart_a", "tree_holds", False, 2), ("mart_b", "tree_holds", False, 2)
    ]  # fmt: skip
    assert {(row["mart"], *row["rules"]) for row in rows(found)} == {(m, check["sentence_de"]) for m in both["marts"]}
    assert told[1]["checked_at"] == dt.datetime(2026, 11, 22, 10, 59, tzinfo=dt.UTC)
