"""The command line: what it prints and how it ends."""

from __future__ import annotations

from typing import Any

import pytest

import opendata.__main__ as command
from lakehouse.settings import Settings
from tests.unit.opendata.house import House


@pytest.fixture
def run(house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the command on the house in memory; gives its exit code and everything it printed."""
    monkeypatch.setattr(Settings, "load", classmethod(lambda _cls: house.settings))
    monkeypatch.setattr(command, "publish", lambda _settings, release: house.publish(release))
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str) -> tuple[int, str]:
        code = command.main(["publish", *arguments])
        return code, "".join(capsys.readouterr())

    return call


def test_it_says_what_left_and_what_was_held_back(run: Any) -> None:
    code, printed = run()
    assert code == 0
    assert "https://daten.example.org/public/files/connectivity/" in printed
    assert "record an open licence in sources/esf_nrw__grant/source.yml" in printed
    assert "official shapes not checked: DCAT_SHAPES_DIR is not set" in printed


def test_it_fails_with_one_sentence(run: Any, house: House) -> None:
    del house.manifest["publications"][0]
    code, printed = run()
    assert code == 1
    assert "nothing was published: release 1 has no dataset that may leave" in printed
    assert "esf_nrw__grant has no recorded open licence" in printed


def test_it_takes_the_number_of_a_release(run: Any, house: House) -> None:
    assert run()[0] == 0
    house.next_release()
    assert run()[0] == 0
    code, printed = run("--release", "1")
    assert code == 0
    assert "release 1: open data" in printed
