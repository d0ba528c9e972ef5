"""The JSON Schema of `source.yml` says what the models say, and an editor finds it."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import jsonschema
import pytest

from lakehouse import settings
from lakehouse.cli import feeds as cli
from lakehouse.errors import LakehouseError
from lakehouse.settings import CHECKOUT
from lakehouse.spec import schema, vocabulary
from lakehouse.spec.discovery import TABLES, feed_ids, source_path
from tests.support import example

SOURCES = CHECKOUT / "sources"


def test_the_committed_schema_is_what_the_models_say() -> None:
    assert (SOURCES / schema.FILE_NAME).read_text("utf-8") == schema.text(), "run `python -m lakehouse schema`"


def test_what_the_folder_says_is_not_declared() -> None:
    made = json.loads(schema.text())
    assert not {"id", "folder"} & ({*made["properties"]} | {*made["required"]})


@pytest.mark.parametrize(
    "changed", [{"colour": "red"}, {"id": "town__tree"}, {"load": {"kind": "merge"}}, {"key": ["Ags"]}], ids=str
)
def test_an_editor_refuses_what_loading_would_refuse(changed: dict[str, object]) -> None:
    made = json.loads(schema.text())
    jsonschema.Draft202012Validator.check_schema(made)
    validator = jsonschema.Draft202012Validator(made)
    declared = example.declared()
    assert list(validator.iter_errors(declared)) == []
    assert list(validator.iter_errors({**declared, **changed}))


def test_every_declaration_names_the_schema_to_editors() -> None:
    prefix = "# yaml-language-server: $schema="
    named = {path: path.read_text("utf-8").split("\n")[0] for path in SOURCES.rglob("*.yml") if path.name != "real.yml"}
    expected = {}
    for path in named:
        in_parts = path.parent.name == TABLES or (path.parent / TABLES).is_dir()
        up = "../../" if path.parent.name == TABLES else "../"
        expected[path] = f"{prefix}{up}{schema.PART_NAME if in_parts else schema.FILE_NAME}"
    assert named == expected
    assert {source_path(SOURCES, feed) for feed in feed_ids(SOURCES)} <= set(named)


def test_an_editor_shows_examples() -> None:
    made = json.loads(schema.text())
    assert made["$defs"]["Booleans"]["examples"] == [{"true": ["ja", "j"], "false": ["nein", "n"]}]
    assert made["examples"][0]["title"] == "Trees of the town"


@pytest.mark.parametrize("old", [schema, vocabulary], ids=["schema", "page"])
def test_the_command_writes_it_and_says_when_it_is_old(
    old: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "CHECKOUT", tmp_path)
    (tmp_path / "sources").mkdir()
    cli.schema()
    cli.schema(check=True)
    written = tmp_path / "sources" / old.FILE_NAME
    written.write_text("old", "utf-8")
    with pytest.raises(LakehouseError, match=f"{old.FILE_NAME} is not .*run `python -m lakehouse schema`"):
        cli.schema(check=True)
    assert written.read_text("utf-8") == "old"
    cli.schema()
    assert written.read_text("utf-8") == old.text()
