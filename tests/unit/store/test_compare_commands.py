"""Two releases on a real MinIO, compared as the analyst who asks: on the command line and in SQL."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lakehouse import command, names
from lakehouse.cli import app
from lakehouse.cli.base import console
from lakehouse.errors import LakehouseError
from lakehouse.lake import compare, release
from lakehouse.settings import AnalystSettings, Settings
from lakehouse.storage import ObjectStore
from tests.support.releases import HERTEN, MARL, Releases, asked, change, row, shell


@pytest.fixture
def made(settings: Settings, request: pytest.FixtureRequest) -> Releases:
    return Releases(
        ObjectStore.for_role(settings, "spark"), str(request.node.name).removeprefix("test_").partition("[")[0]
    )


Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Runs a command of `lakehouse`; gives the exit code, and what stood on both streams."""
    for kind in (Settings, AnalystSettings):
        monkeypatch.setattr(kind, "load", lambda: settings)
    monkeypatch.setattr(console, "file", None)
    monkeypatch.setattr(console, "width", 400)

    def run(*arguments: Any) -> tuple[int, str, str]:
        try:
            code = command.run(lambda: app([str(one) for one in arguments], standalone_mode=False))
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_a_correction_is_named_cell_by_cell_and_in_a_sentence(
    made: Releases, settings: Settings, call: Call, tmp_path: Path
) -> None:
    first = made.make(row(MARL, 12), row(HERTEN, None), row("05562004", 3))
    made.again()
    corrected = [change("correction"), change("new", HERTEN, delivery="d2")]
    last = made.make(row(MARL, 14), row(HERTEN, 5), row("05562004", 3), silver=2, changes=corrected)
    code, out, _ = call("compare", made.mart, "--from", first, "--to", last)
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert code == 0 and lines == [
        "key column old new why",
        f"ags={HERTEN}, period=2025-H1 online 5 release {last}: new delivery of vest__ozg by {HERTEN} for 2025-H1"
        " (delivery d2)",
        f"ags={MARL}, period=2025-H1 online 12 14 release {last}: correction of vest__ozg by {MARL} for 2025-H1"
        " (delivery d1)",
        "2 differences: 1 correction, 1 new delivery",
    ]
    file = tmp_path / "out.csv"
    _, out, _ = call("compare", made.mart, "--from", first, "--limit", 1, "--csv", file)
    assert "… and 1 more; --limit shows more, --csv writes all" in out
    with file.open(encoding="utf-8", newline="") as text:
        (_, second) = csv.DictReader(text)
    assert (second["key"], second["column"], second["old"], second["new"], second["causes"], second["deliveries"]) == (
        f"ags={MARL}, period=2025-H1", "online", "12", "14", "correction", "d1"
    )  # fmt: skip
    # the same in SQL, where both releases can be asked too
    query = f"SELECT c.key.ags, b.online AS was, m.online AS now_is, c.causes FROM changes.{made.mart} AS c JOIN"
    query += f" before.{made.mart} AS b ON b.ags = c.key.ags JOIN {made.mart} AS m ON m.ags = c.key.ags WHERE was = 12"
    code, out, err = call("sql", "--from", first, query)
    assert (code, err) == (0, "")
    assert [word for word in (MARL, "12", "14", "[correction]") if word not in out] == []


def test_what_came_back_is_in_the_walk_only(made: Releases, settings: Settings, call: Call) -> None:
    first = made.make(row(MARL, 1), row(HERTEN, 1))
    made.make(row(MARL, 2), silver=2, changes=[change("correction"), change("correction", HERTEN, delivery="d2")])
    more = [change("correction", delivery="d3"), change("new", HERTEN, delivery="d4")]
    last = made.make(row(MARL, 1), row(HERTEN, 7), silver=3, changes=more)
    (herten,) = asked(settings, made, first)
    assert (herten["change"], herten["old"], herten["new"]) == ("changed cell", "1", "7")
    assert (herten["releases"], herten["causes"]) == ([last - 1, last], ["correction", "new delivery"])
    assert herten["told_apart"] and "cannot" not in herten["sentence"]
    _, out, _ = call("compare", made.mart, "--from", first, "--all-steps")
    assert "4 differences: 3 correction, 1 new delivery" in out
    _, out, _ = call("compare", made.mart, "--from", first, "--to", last)
    assert "1 difference: 1 correction and new delivery" in out


def test_what_cannot_be_compared_is_said(made: Releases, settings: Settings, call: Call) -> None:
    first = made.make(row(MARL, 1), key=[])
    last = made.make(row(MARL, 2))
    _, _, err = call("compare", made.mart, "--from", first)
    assert err == (
        f"release {first} does not record what tells the rows of {made.mart} apart, so its cells cannot be compared"
        " with those of another release\n"
    )
    # the rest of the older release can be asked, and a mart that cannot be compared is no hindrance to the others
    assert call("sql", "--from", first, f"SELECT * FROM before.{made.mart}")[0] == 0
    wrong = made.mart.replace("compared", "compard")
    assert call("compare", wrong, "--from", last - 1)[::2] == (
        1, f"release {last - 1} has no mart {wrong}; did you mean {made.mart}?\n"
    )  # fmt: skip
    assert call("compare", made.mart, "--from", 99)[2] == f"there is no release 99; the newest is {last}\n"
    _, _, err = call("compare", made.mart, "--from", last)
    assert err == f"release {last} is not older than release {last}: nothing can have changed since\n"
    made.make(row(MARL, 2), key=["ags"])
    with pytest.raises(LakehouseError, match="was one ags, period in release"):
        asked(settings, made, last)


def test_the_shell_of_two_releases_has_both_and_what_differs(made: Releases) -> None:
    first = made.make(row(MARL, 1))
    made.make(row(MARL, 2), silver=2, changes=[change("correction")])
    told = shell(
        f"SELECT old, (SELECT online FROM before.{made.mart}), (SELECT online FROM {made.mart})"
        f" FROM changes.{made.mart};", "--from", str(first)
    )  # fmt: skip
    assert told.stdout.endswith("1,1,2\n")


def test_a_mart_whose_retention_has_passed_is_said_to_be_gone(made: Releases, call: Call) -> None:
    first = made.make(row(MARL, 1))
    last = made.make(row(MARL, 2))
    assert call("compare", made.mart, "--from", first)[0] == 0
    made.store.delete(names.LAKE, f"{names.lake_key('marts', made.mart)}/part-{first}.parquet")
    code, _, err = call("compare", made.mart, "--from", first)
    assert code == 1 and err.startswith(f"{made.mart} of a release between {first} and {last} is not kept any more;")


def test_a_version_that_cannot_be_compared_does_not_hinder_the_other(made: Releases, settings: Settings) -> None:
    first = made.make(row(MARL, 1))
    (pin,) = release.manifest(made.store, first).marts.values()
    made.add({"mart_x": pin.model_copy(update={"key": []}), "mart_x_v2": pin})
    last = made.add({"mart_x": pin, "mart_x_v2": pin})
    query = 'SELECT * FROM "changes" . mart_x_v2, before.mart_x'
    found = compare.open_comparison(settings, last - 1, last, named=query).connection
    assert found.sql(query).fetchall() == []
    with pytest.raises(LakehouseError, match="does not record"):
        compare.open_comparison(settings, last - 1, last, named="SELECT * FROM CHANGES.MART_X")


def test_the_list_of_releases_says_what_will_go(made: Releases, call: Call) -> None:
    made.make(row(MARL, 1), deprecated_until=dt.date(2027, 6, 30))
    last = release.latest(made.store)
    assert last is not None
    (pin,) = last.marts.values()
    newer = pin.model_copy(update={"deprecated_until": None})
    made.add({"mart_x": pin, "mart_x_v2": newer, "mart_x_v10": newer, "mart_x_y": newer, "mart_z": pin})
    _, out, _ = call("releases")
    assert out.splitlines()[-2:] == [
        "    mart_x is served until 2027-06-30; use mart_x_v10", "    mart_z is served until 2027-06-30"
    ]  # fmt: skip
    assert out.count("is served until") == 2, "of the current release only"
