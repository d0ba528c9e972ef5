"""The page on a suite's last run: where it lies, what it says, and that a browser fetches nothing for it."""

from __future__ import annotations

import re
from typing import Any

import great_expectations.expectations as gxe
import pyarrow as pa
import pytest

from expectations.gate import Gate, Result
from expectations.suites.said import said
from lakehouse import names
from lakehouse.errors import GateFailed
from tests.support.memory import MemoryStore

SETTINGS: Any = None
SUITES = ("delivery.town__tree", "silver.town__tree", "release.mart_tree")


class Recorded(Gate):
    """A gate that keeps its results instead of writing them into the lake."""

    results: list[Result]

    def _record(self, results: list[Result]) -> None:
        self.results = results


def pages(trees: list[str | None], severity: str = "critical", store: MemoryStore | None = None) -> dict[str, str]:
    """Pages of three suites after one run on these rows, by key."""
    store = MemoryStore() if store is None else store
    rule = gxe.ExpectColumnValuesToNotBeNull(
        column="tree", severity=severity, meta=said("Office", "Jeder „Baum“ <b> ist angegeben.", "rule of d1 for Marl")
    )
    try:
        Recorded(SETTINGS, store, "run").check({suite: (pa.table({"tree": trees}), [rule]) for suite in SUITES})
    except GateFailed:
        assert None in trees
    assert {bucket for bucket, _ in store.objects} == {names.LAKE}
    return {key: page.decode() for (_, key), page in store.objects.items()}


def test_each_suite_has_one_page_which_shows_its_last_run() -> None:
    store = MemoryStore()
    first, second = pages(["oak", None], store=store), pages(["oak"], store=store)
    assert [*first] == [*second] == [f"ops/docs/quality/{suite}.html" for suite in SUITES]
    for suite, before, after in zip(SUITES, first.values(), second.values(), strict=True):
        assert suite in before and suite in after
        assert "<strong>Nicht bestanden</strong>" in before
        assert "1 unexpected values found" in before
        assert "<strong>Bestanden</strong>" in after


@pytest.mark.parametrize(
    ("trees", "severity", "outcome", "line"),
    [
        (["oak"], "critical", "Bestanden", '<i class="fa-check-circle"></i>'),
        ([None], "critical", "Nicht bestanden", '<i class="fa-times"></i> Nicht erfüllt:'),
        ([None], "warning", "Bestanden", '<i class="fa-exclamation"></i> Hinweis, nicht erfüllt:'),
    ],
)
def test_it_says_in_german_what_held_and_names_nobody(
    trees: list[str | None], severity: str, outcome: str, line: str
) -> None:
    for page in pages(trees, severity).values():
        assert f"<strong>{outcome}</strong>" in page
        assert f"<li>{line} Jeder „Baum“ &lt;b&gt; ist angegeben.</li>" in " ".join(page.split())
        # the rule names deliveries and administrations
        assert "Marl" not in page


def test_a_browser_asks_no_other_host_and_runs_nothing() -> None:
    for page in pages(["oak", None]).values():
        assert re.findall(r"(?:src|href)\s*=\s*(\S+)", page) == ['"data:,">']
        assert re.findall(r"url\(|@import|<script|//", page) == []
