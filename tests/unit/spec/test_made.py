"""Made columns in `source.yml`: what cannot be made is refused before anything runs, with a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lakehouse.errors import SpecError
from lakehouse.settings import CHECKOUT
from lakehouse.spec.discovery import feed_ids, load_source
from lakehouse.spec.made import Rewrite
from tests.support import example

MOST_TRANSFORMS = 20
TREE = {"from": "Baum", "name": "tree", "required": True}
FLAGGED = {
    "columns": [
        TREE,
        {"from": "Tag", "name": "day", "type": "date"},
        {"from": "Höhe", "name": "height"},
        {"from": "Umfang", "name": "girth"},
        {"made_by": "unpivot", "name": "value", "type": "decimal(5,2)"},
        {"made_by": "plausibility", "name": "trusted"},
    ],
    "unpivot": {"value": "value", "measures": {"height": {"quantity": "h"}, "girth": {"quantity": "g"}}},
    "key": ["tree", "quantity"],
    "plausibility": {"value": "value", "observed_until": "day", "quantity": "quantity", "ranges": {"h": [0, 50]}},
}


def made(rewrite: Any, **declared: Any) -> dict[str, Any]:
    return {"columns": [TREE, {"made_by": "rewrite", "name": "kind", "rewrite": rewrite, **declared}]}


def cases(otherwise: str | None = None, **cases: str) -> dict[str, Any]:
    return made({"of": ["tree"], "cases": cases, "otherwise": otherwise})


def flagged(**changes: Any) -> dict[str, Any]:
    return {**FLAGGED, "plausibility": {**FLAGGED["plausibility"], **changes}}


PLAIN = "not plain enough to mean the same in Python and Java"


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"columns": [TREE, {"name": "kind", "made_by": "rewrite"}]}, "columns.1", "belong together"),
        ({"columns": [TREE, {"from": "Art", "name": "kind", "rewrite": {"of": ["tree"]}}]}, "columns.1", "belong"),
        (made({"of": ["tree"]}, made_by="prepare"), "columns.1", "rewrite and `made_by: rewrite` belong together"),
        (made({"of": []}), "columns.1.rewrite.of", "at least 1 item"),
        (made({"of": ["tree"], "case": {}}), "columns.1.rewrite.case", "Extra inputs"),
        (made({"of": ["treee"]}), "source", "rewrite.of names columns that are not delivered: ['treee']"),
        (made({"of": ["kind"]}), "source", "rewrite.of names columns that are not delivered: ['kind']"),
        (made({"of": ["tree"], "otherwise": "x"}), "columns.1.rewrite", "otherwise needs cases"),
        (made({"of": ["tree"]}, pattern="("), "columns.1", "'(' is not a valid pattern"),
        (cases(**{"(": "x"}), "columns.1.rewrite", "'(' is not a valid pattern"),
        (cases(**{"a": "$1"}), "columns.1.rewrite", "none of the groups $0 to $0"),
        (cases(**{"(a)(b)": "$3"}), "columns.1.rewrite", "none of the groups $0 to $2"),
        (cases(**{"(a)": "$12"}), "columns.1.rewrite", "none of the groups $0 to $1"),
        (cases(**{"a": "5 $"}), "columns.1.rewrite", "none of the groups"),
        (cases(**{"a": r"\1"}), "columns.1.rewrite", "holds a backslash"),
        (cases("$1", **{"(a)": "x"}), "columns.1.rewrite", "none of the groups $0 to $0"),
        *(
            (cases(**{pattern: "x"}), "columns.1.rewrite", PLAIN)
            for pattern in (
                "(?i)a", "(?P<n>a)", "(?<!a)b", "^a", "a$", r"a\Z", r"\bA", r"\x41", r"(a)\1", "a{,3}", "a{", "[a&&b]",
            )
        ),
        ({**FLAGGED, "plausibility": None}, "source", "plausibility and the one column made_by plausibility"),
        ({**FLAGGED, "columns": FLAGGED["columns"][:-1]}, "source", "plausibility and the one column"),
        (
            {**FLAGGED, "columns": [*FLAGGED["columns"], {"made_by": "plausibility", "name": "again"}]},
            "source",
            "plausibility and the one column",
        ),
        (
            {**FLAGGED, "columns": [*FLAGGED["columns"][:-1], {**FLAGGED["columns"][-1], "type": "int"}]},
            "columns.5",
            "what plausibility makes has type string",
        ),
        (
            {**FLAGGED, "columns": [*FLAGGED["columns"][:-1], {**FLAGGED["columns"][-1], "silver": False}]},
            "columns.5",
            "and reaches silver",
        ),
        (flagged(value="valeu"), "source", "plausibility names unknown silver columns: ['valeu']"),
        (flagged(quantity="height"), "source", "plausibility names unknown silver columns: ['height']"),
        (flagged(value="tree"), "source", "plausibility.value needs a column of a numeric type"),
        (flagged(observed_until="tree"), "source", "observed_until needs a column of type date or timestamp"),
        (flagged(ranges={}), "plausibility.ranges", "at least 1 item"),
        (flagged(ranges={"h": [2, 1]}), "plausibility", "the lowest value is above the highest: ['h']"),
        (flagged(ranges={"height": [0, 1]}), "source", "unknown quantities: ['height']"),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_refused(changes: dict[str, Any], field: str, reason: str, tmp_path: Path) -> None:
    path = example.write(tmp_path, **changes)
    with pytest.raises(SpecError) as refused:
        load_source(path)
    where, _, said = str(refused.value).removeprefix(f"{path}: ").partition(": ")
    assert where == field
    assert reason in said


@pytest.mark.parametrize(
    "pattern",
    ["", "a|b", r"(\d{2})0{3,}", r"[^a-z\]]+?", r"(?:x)(?!y)(?=z)", r"\.\(\s\w", "Wählende", "a{2,3}", "[.$]"],
)
def test_a_plain_pattern_is_taken(pattern: str) -> None:
    assert list(Rewrite(of=["a"], cases={pattern: "x"}).cases) == [pattern]


def test_made_columns_reach_silver_at_their_place(tmp_path: Path) -> None:
    rewritten = {"made_by": "rewrite", "name": "kind", "type": "int", "rewrite": {"of": ["tree", "height"]}}
    found = example.source(tmp_path, **{**FLAGGED, "columns": [rewritten, *FLAGGED["columns"]]})
    assert found.silver_columns == {
        "kind": "int", "tree": "string", "day": "date", "trusted": "string", "quantity": "string",
        "value": "decimal(5,2)",
    }  # fmt: skip
    assert [c.name for c in found.bronze] == ["tree", "day", "height", "girth"]


def test_a_quantity_that_is_delivered_may_be_any(tmp_path: Path) -> None:
    columns = [
        TREE, {"from": "t", "name": "at", "type": "timestamp"}, {"from": "v", "name": "value", "type": "int"},
        {"made_by": "plausibility", "name": "trusted"},
    ]  # fmt: skip
    rule = {"value": "value", "observed_until": "at", "quantity": "tree", "ranges": {"oak": [0, 1]}}
    assert example.source(tmp_path, columns=columns, plausibility=rule).plausibility is not None


def test_few_feeds_need_code() -> None:
    sources = CHECKOUT / "sources"
    own = [feed for feed in feed_ids(sources) if (sources / feed / "transform.py").exists()]
    assert len(own) <= MOST_TRANSFORMS, f"say it in source.yml where three feeds need it: {', '.join(own)}"
