"""The page on `source.yml` says what the models say, and its examples are accepted by them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, TypeAdapter

from lakehouse.settings import CHECKOUT
from lakehouse.spec import vocabulary
from lakehouse.spec.source import Source

SOURCES = CHECKOUT / "sources"
MODELS = {model.__name__: model for section in vocabulary.sections() for model in section.models}
DECLARED = [(name, text) for name, texts in vocabulary.examples().items() for text in texts]


def validated(model: type[BaseModel], text: str) -> dict[str, Any]:
    """What an example declares, after its model accepted it."""
    declared: dict[str, Any] = yaml.safe_load(text)
    folder = (
        {"id": "town__tree", "delivery": "town__tree", "folder": Path("sources/town__tree")} if model is Source else {}
    )
    TypeAdapter(model).validate_python({**declared, **folder})
    return declared


def subclasses(model: type[BaseModel]) -> set[str]:
    return {model.__name__}.union(*map(subclasses, model.__subclasses__()))


def test_the_committed_page_is_what_the_models_say() -> None:
    assert (SOURCES / vocabulary.FILE_NAME).read_text("utf-8") == vocabulary.text(), "run `python -m lakehouse schema`"


@pytest.mark.parametrize(("name", "text"), DECLARED, ids=[f"{name}-{i}" for i, (name, _) in enumerate(DECLARED)])
def test_every_example_is_accepted_by_its_model(name: str, text: str) -> None:
    assert validated(MODELS[name], text)


def test_every_model_and_key_occurs_in_an_example() -> None:
    missing = []
    for section in vocabulary.sections():
        accepted = {name for model in section.models for name in subclasses(model)}
        shown = [yaml.safe_load(text) for name in accepted for text in vocabulary.examples().get(name, [])]
        where = f"{'/'.join(model.__name__ for model in section.models)} ({section.title})"
        missing += [f"{where}: no example"] * (not shown)
        missing += [f"{where}: {key}" for key in section.own if not any(key in example for example in shown)]
    assert missing == [], "add to lakehouse/spec/examples.yml: " + "; ".join(missing)


def test_every_model_and_key_is_on_the_page() -> None:
    listed = {
        section.title: re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)
        for section, part in zip(vocabulary.sections(), parts(), strict=True)
    }
    assert listed["`fetch.dates`"] == ["every", "oldest", "newest", "again", "at_most"]
    assert listed["`fetch` with `connector: ckan`"] == ["connector", "rows"]
    assert listed["`fetch` with `connector: rest`, `ckan`, `dcat` or `oparl`"] == ["address", "timeout_s", "max_pages"]
    assert "from" in listed["`columns`"] and "class" in listed["`format` with `type: rdf`"]
    assert not {"id", "delivery", "folder"} & set(listed["A feed"])
    assert [title for title, keys in listed.items() if not keys] == []


def test_types_are_told_in_plain_words() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", vocabulary.text(), re.MULTILINE))
    name = "name (`a-z`, digits, `_`)"
    assert {key: rows[key] for key in ("oldest", "measures", "ranges", "may_be_absent", "cadence_days", "bounds")} == {
        "oldest": "whole number from 0 to 2000 | required",
        "measures": f"mapping of {name} to mapping of {name} to text or whole number | required",
        "ranges": "mapping of text to list of 2: number, number | required",
        "may_be_absent": "`true`, `false` | `false`",
        "cadence_days": "number above 0 | required",
        "bounds": "[`bounds`](#bounds) | its defaults",
    }
    assert '`,`, `;`, `"\\t"`, `\\|`' in rows["delimiter"]


def test_the_page_is_plain_markdown_whose_links_lead_somewhere() -> None:
    page = re.sub(r"```.*?```", "", vocabulary.text(), flags=re.DOTALL)
    assert re.findall(r"<[^ =]", re.sub(r"`[^`]*`", "", page)) == []
    anchors = [
        re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^##+ (.+)$", page, re.M)
    ]
    assert len(anchors) == len(set(anchors)) > 25
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) == set(anchors)


def test_the_example_of_the_readme_is_the_first_of_the_page() -> None:
    shown = re.findall(r"```yaml\n(.*?)```", (SOURCES / "README.md").read_text("utf-8"), re.DOTALL)
    assert shown == [vocabulary.examples()["Source"][0]]


def parts() -> list[str]:
    """What the page says of each model, in order."""
    found = re.split(r"^##+ ", vocabulary.text(), flags=re.MULTILINE)[1:]
    return found[: len(vocabulary.sections())]
