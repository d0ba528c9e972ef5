"""Causes of what differs between two releases on a real MinIO."""

from __future__ import annotations

import pytest

from lakehouse import names
from lakehouse.lake import compare
from lakehouse.settings import Settings
from lakehouse.storage import ObjectStore
from tests.support.releases import HERTEN, KREIS, MARL, Releases, Row, asked, change, row


@pytest.fixture
def made(settings: Settings, request: pytest.FixtureRequest) -> Releases:
    return Releases(
        ObjectStore.for_role(settings, "spark"), str(request.node.name).removeprefix("test_").partition("[")[0]
    )


def test_code_and_data_of_one_step_are_both_named(made: Releases, settings: Settings) -> None:
    first = made.make(row(MARL, 1), row(HERTEN, 1))
    made.code = "c2"
    last = made.make(row(MARL, 2), row(HERTEN, 2), silver=2, changes=[change("late")])
    herten, marl = asked(settings, made, first)
    assert (marl["causes"], marl["told_apart"], marl["deliveries"]) == (["changed code", "late data"], False, ["d1"])
    assert marl["sentence"] == (
        f"release {last}: changed code of {made.mart} or late data of vest__ozg by {MARL} for 2025-H1 (delivery d1)"
        " (cannot be told apart)"
    )
    assert (herten["causes"], herten["told_apart"], herten["deliveries"]) == (["changed code"], True, [])


def test_a_column_that_depends_on_other_cities_names_their_deliveries_in_all_its_cells(
    made: Releases, settings: Settings
) -> None:
    first = made.make(row(MARL, 9, 1), row(HERTEN, 5, 2), row("05562004", 3, 3))
    both = [change("correction", HERTEN), change("correction", MARL, delivery="d2")]
    made.make(row(MARL, 2, 3), row(HERTEN, 6, 1), row("05562004", 3, 2), silver=2, changes=both)
    found = {(one["key"]["ags"], one["column"]): one["deliveries"] for one in asked(settings, made, first)}
    assert found == {
        (MARL, "online"): ["d2"], (HERTEN, "online"): ["d1"],
        # Castrop-Rauxel delivered nothing and has another rank: no rank is a matter of one city
        (MARL, "rank"): ["d1", "d2"], (HERTEN, "rank"): ["d1", "d2"], ("05562004", "rank"): ["d1", "d2"],
    }  # fmt: skip


def test_a_delivery_without_a_scope_and_rows_of_the_kreis_go_with_everything(
    made: Releases, settings: Settings
) -> None:
    first = made.make(row(KREIS, 1), row("05562", 1), row(MARL, 1), row(MARL, 1, period="2024-H2"))
    changes = [change("new"), change("reloaded", "", delivery="d2")]
    rows = row(KREIS, 2), row("05562", 2), row(MARL, 2), row(MARL, 2, period="2024-H2")
    made.make(*rows, silver=2, changes=changes)
    found = [(*one["key"].values(), one["causes"]) for one in asked(settings, made, first)]
    both, rules = ["changed code", "new delivery"], ["changed code"]
    assert found == [
        ("05562", "2025-H1", both), (KREIS, "2025-H1", both), (MARL, "2024-H2", rules), (MARL, "2025-H1", both),
    ]  # fmt: skip


def test_columns_and_rows_that_only_one_side_has(made: Releases, settings: Settings) -> None:
    first = made.make(row(MARL, 1), row(HERTEN, 1))
    made.code = "c2"
    columns = {"ags": "string", "period": "string", "online": "int", "share": "int"}
    new = [{"ags": a, "period": "2025-H1", "online": 1, "share": 4} for a in (MARL, "05562004")]
    made.make(*new, columns=columns)
    found = [(c["change"], c["column"], c["old"], c["new"]) for c in asked(settings, made, first)]
    assert found == [
        ("removed column", "rank", None, None),
        ("added column", "share", None, None),
        ("added row", None, None, "{'online': 1, 'share': 4}"),
        ("removed row", None, "{'online': 1, 'rank': 1}", None),
    ]


def test_cells_of_a_column_and_of_a_row_that_went_and_came_back(made: Releases, settings: Settings) -> None:
    first = made.make(row(MARL, 1, 1), row(HERTEN, 1, 1))
    made.code = "c2"
    columns = {"ags": "string", "period": "string", "online": "int"}
    made.make({"ags": MARL, "period": "2025-H1", "online": 1}, columns=columns)
    made.code = "c3"
    last = made.make(row(MARL, 1, 2), row(HERTEN, 3, 1))
    found = [(c["key"]["ags"], c["column"], c["old"], c["new"], c["releases"]) for c in asked(settings, made, first)]
    # a column that is there on both sides again has its old value in the row of Herten
    assert found == [
        (HERTEN, "online", "1", "3", [last - 1, last]), (MARL, "rank", "1", "2", [last - 1, last])
    ]  # fmt: skip


@pytest.mark.parametrize("in_key", [False, True])
def test_a_row_with_another_version_of_its_definition(made: Releases, settings: Settings, in_key: bool) -> None:
    columns = {"ags": "string", "online": "int", "definition_version": "string"}
    key = ["ags", "definition_version"] if in_key else ["ags"]

    def figure(ags: str, online: int, version: str) -> Row:
        return {"ags": ags, "online": online, "definition_version": version}

    old = [figure(MARL, 1, "v1"), figure(HERTEN, 1, "v1")]
    first = made.make(*old, columns=columns, key=key)
    made.code = "c2"
    made.make(figure(MARL, 2, "v2"), figure(HERTEN, 3, "v1"), columns=columns, key=key)
    found = {(one["key"]["ags"], *one["causes"]) for one in asked(settings, made, first)}
    assert found == {(MARL, "new definition"), (HERTEN, "changed code")}


def test_what_is_not_recorded_is_not_guessed(made: Releases, settings: Settings) -> None:
    first = made.make(row(MARL, 1), code="")
    last = made.make(row(MARL, 2), code="", silver=2)
    (one,) = asked(settings, made, first)
    assert (one["causes"], one["sentence"]) == (
        ["not recorded"],
        f"release {last}: vest__ozg went from version 1 to 2, and the release does not record by what",
    )
    made.code = "c2"
    made.make(row(MARL, 3), code="", silver=2)
    (one,) = asked(settings, made, last)
    assert one["causes"] == ["not recorded"] and "does not record whether" in one["sentence"]
    first = made.make(row(MARL, 4))
    made.make(row(MARL, 5))
    (one,) = asked(settings, made, first)
    assert one["causes"] == ["unexplained"]
    columns = {"ags": "string", "online": "int", "definition_version": "string"}
    old, new = ([{"ags": MARL, "online": 1, "definition_version": version}, {"ags": HERTEN, "online": n}]
                for n, version in enumerate(("v1", "v2")))  # fmt: skip
    first = made.make(*old, columns=columns, key=["ags"])
    made.make(*new, columns=columns, key=["ags"])
    found = {(one["key"]["ags"], *one["causes"]) for one in asked(settings, made, first)}
    assert found == {(MARL, "new definition"), (HERTEN, "unexplained")}


def test_a_release_without_the_mart_is_stepped_across(made: Releases, settings: Settings) -> None:
    first = made.make(row(MARL, 1))
    made.add({}, silver=2, changes=[change("correction")])
    last = made.make(row(MARL, 2), silver=2)
    (one,) = asked(settings, made, first)
    assert (one["releases"], one["causes"]) == ([last], ["correction"])


def test_nothing_is_read_that_is_not_asked_for(made: Releases, settings: Settings) -> None:
    first = made.make(row(MARL, 1))
    last = made.again(silver=2, changes=[change("new", HERTEN)])
    found = compare.open_comparison(settings, first, last, named="")
    for number in (first, last):
        made.store.delete(names.LAKE, f"{names.lake_key('marts', made.mart)}/part-{number}.parquet")
    query = found.query(made.mart)
    assert found.connection.sql("SELECT count(*) FROM duckdb_views() WHERE NOT internal").fetchall() == [(0,)]
    with pytest.raises(Exception, match="404"):  # the question itself does look
        found.connection.sql(query)
