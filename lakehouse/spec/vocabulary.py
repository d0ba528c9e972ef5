"""`sources/VOCABULARY.md`: every key of `source.yml`, as the models that read it say, with examples that they accept.

Prose is the docstring of a model; keys, types and defaults are its JSON Schema; examples are in `examples.yml`, by the
name of the model, and the tests hold each of them to its model. A new model or key needs nothing but its example.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin

import yaml
from pydantic import BaseModel

from lakehouse.spec.model import StrictModel
from lakehouse.spec.source import Source
from lakehouse.spec.words import default, takes

FILE_NAME = "VOCABULARY.md"
# keys by which one model of several is chosen
DISCRIMINATORS = ("connector", "type")
EXAMPLES = Path(__file__).with_name("examples.yml")
INTRODUCTION = Path(__file__).with_name("vocabulary.md")
# not declared: the folder says them
TOLD_BY_THE_FOLDER = ("id", "delivery", "folder")
Model = type[BaseModel]


@dataclass
class Section:
    """What the page says at one place: a model, or bases that the same models share.

    `path` is where in `source.yml` it is declared; `kinds` are the choices that have these keys, such as
    `connector: http`, and `inherits` the bases that have a section of their own.
    """

    path: str
    models: list[Model]
    kinds: list[str] = field(default_factory=list)
    listed: bool = False
    own: list[str] = field(default_factory=list)
    inherits: list[Section] = field(default_factory=list)

    @property
    def title(self) -> str:
        """Its heading."""
        if not self.path:
            return "A feed"
        # `type: csv`, `fixed_width`: the key once
        told = [kind.rpartition(": ")[2] if i else kind for i, kind in enumerate(self.kinds)]
        *others, last = [f"`{kind}`" for kind in told] or [""]
        kinds = f"{', '.join(others)} or {last}" if others else last
        return f"`{self.path}` with {kinds}" if kinds else f"`{self.path}`"

    def link(self, text: str = "") -> str:
        """A link to it from its page, by its title unless another text is given."""
        return f"[{text or self.title}](#{_anchor(self.title)})"


def sections() -> list[Section]:
    """Every model that `source.yml` is read by, once, where it is declared first, in the order of the keys."""
    found: list[Section] = []
    _walk(Section("", [Source], own=_keys(Source)), found)
    return found


@cache
def examples() -> Mapping[str, list[str]]:
    """Examples as YAML text, by the name of the model."""
    read: dict[str, list[str]] = yaml.safe_load(EXAMPLES.read_text("utf-8"))
    return read


def text() -> str:
    """The page as it is committed."""
    found = sections()
    links = {
        model.__name__: section.link(f"`{section.kinds[0]}`" if len(section.kinds) == 1 else "")
        for section in found
        for model in section.models
    }
    definitions = Source.model_json_schema(by_alias=True)
    schemas = {Source.__name__: definitions} | definitions["$defs"]
    page = INTRODUCTION.read_text("utf-8").replace(
        "{sections}", "\n\n".join(_page(section, schemas, links) for section in found)
    )
    return page.replace("{contents}", _contents(page))


def _walk(section: Section, found: list[Section]) -> None:
    """Adds a section, and behind it those of the models that its keys hold."""
    found.append(section)
    known = {model for other in found for model in other.models}
    for model in section.models:
        for key in _keys(model):
            name = _field(model, key)
            if key not in section.own or name in TOLD_BY_THE_FOLDER:
                continue
            annotation = model.model_fields[name].annotation
            path = f"{section.path}.{key}".lstrip(".")
            new = [held for held in _models(annotation) if held not in known]
            for below in _of_key(path, new, _is_list(annotation)):
                if not known.intersection(below.models):
                    _walk(below, found)
            known = {model for other in found for model in other.models}


def _of_key(path: str, models: list[Model], listed: bool) -> Iterator[Section]:
    """Sections of the models that may stand at one key: first what several of them share, then each."""
    sharing: dict[Model, list[Model]] = {}
    for model in models:
        for base in model.__mro__[1:]:
            if issubclass(base, StrictModel) and base is not StrictModel:
                sharing.setdefault(base, []).append(model)
    shared: list[Section] = []
    for base, members in sharing.items():
        if len(members) < 2:
            continue
        kinds = [] if len(members) == len(models) else [_kind(member) for member in members]
        same = next((s for s in shared if s.kinds == kinds), None)
        if same is None:
            shared.append(same := Section(path, [], kinds, listed))
        same.models.append(base)
        same.own += [key for key in _keys(base) if key in _declared_in(base) and key not in same.own]
    shared.sort(key=lambda section: len(section.kinds) or len(models) + 1, reverse=True)
    yield from shared
    for model in models:
        inherits = [s for s in shared if any(base in model.__mro__ for base in s.models)]
        told = {key for s in inherits for key in s.own} - _declared_in(model)
        own = [key for key in _keys(model) if key not in told]
        yield Section(path, [model], [_kind(model)] if len(models) > 1 else [], listed, own, inherits)


def _contents(page: str) -> str:
    headings = re.findall(r"^##(#?) (.+)$", page, re.MULTILINE)
    return "\n".join(f"{'  ' * len(level)}- [{title}](#{_anchor(title)})" for level, title in headings)


def _anchor(title: str) -> str:
    """What GitHub names a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _page(section: Section, schema: Mapping[str, Any], links: Mapping[str, str]) -> str:
    parts = [f"{'###' if '.' in section.path or section.kinds else '##'} {section.title}"]
    parts += [inspect.cleandoc(model.__doc__ or "") for model in section.models]
    if section.inherits:
        parts.append(f"Has also the keys of {' and of '.join(s.link() for s in section.inherits)}.")
    rows = []
    for key in section.own:
        node = next(n for n in _nodes(section, schema) if key in n["properties"])
        told = node["properties"][key]
        value = "required" if key in node.get("required", []) else default(told)
        rows.append(f"| `{key}` | {takes(told, links)} | {value} |")
    if rows:
        parts.append("\n".join(["| key | value | default |", "|---|---|---|", *rows]))
    shown = [_shown(section, example) for m in section.models for example in examples().get(m.__name__, [])]
    short = section.listed or not any("\n" in example for example in shown)
    parts += [f"```yaml\n{block}\n```" for block in (["\n".join(shown)] if short and shown else shown)]
    return "\n\n".join(part for part in parts if part)


def _nodes(section: Section, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Schemas that hold the keys of a section; pydantic makes none for a base, which its models stand for."""
    for model in section.models:
        yield from (
            schema[name] for name in schema if name == model.__name__ or any(c.__name__ == name for c in _below(model))
        )


def _below(model: Model) -> list[Model]:
    return [found for child in model.__subclasses__() for found in (child, *_below(child))]


def _shown(section: Section, example: str) -> str:
    """An example below the key at which it stands."""
    key, example = section.path.rpartition(".")[2], example.rstrip()
    if not key:
        return example
    if section.listed:
        return "- " + textwrap.indent(example, "  ").lstrip()
    return f"{key}: {example}" if example.startswith("{") else f"{key}:\n{textwrap.indent(example, '  ')}"


def _keys(model: Model) -> list[str]:
    """Keys in the order of their declaration, as they are written."""
    fields = model.model_fields.items()
    return [info.alias or name for name, info in fields if model is not Source or name not in TOLD_BY_THE_FOLDER]


def _field(model: Model, key: str) -> str:
    return next(name for name, info in model.model_fields.items() if key in (name, info.alias))


def _declared_in(model: Model) -> set[str]:
    return {
        model.model_fields[name].alias or name for name in inspect.get_annotations(model) if name in model.model_fields
    }


def _kind(model: Model) -> str:
    """What tells a model from the others at its key: the choices of its discriminator."""
    key = next(name for name in DISCRIMINATORS if name in model.model_fields)
    return f"{key}: {' or '.join(get_args(model.model_fields[key].annotation))}"


def _models(annotation: Any) -> list[Model]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return list(dict.fromkeys(model for part in get_args(annotation) for model in _models(part)))


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is list or any(map(_is_list, get_args(annotation)))
