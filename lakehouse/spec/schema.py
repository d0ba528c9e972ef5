"""The JSON Schema of `source.yml`, made from the models that read it, for editors: they complete and check a feed."""

from __future__ import annotations

import json
from typing import Any

import yaml
from pydantic.json_schema import GenerateJsonSchema

from lakehouse.spec.source import Source
from lakehouse.spec.vocabulary import TOLD_BY_THE_FOLDER, examples

FILE_NAME = "source.schema.json"
# of a delivery that fills several tables: what they share, and what is the table's own
PART_NAME = "part.schema.json"


class _Schema(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:
        """A title would only repeat the key."""
        return False


def text(*, part: bool = False) -> str:
    """The schema as it is committed; with `part` that of a file that holds only a part of the keys.

    It knows keys, types and patterns. What keys mean together is checked when the file is loaded.
    """
    schema = Source.model_json_schema(by_alias=True, schema_generator=_Schema)
    for name in TOLD_BY_THE_FOLDER:
        del schema["properties"][name]
        schema["required"].remove(name)
    if part:
        del schema["required"]
    for name, texts in examples().items():
        model = schema if name == Source.__name__ else schema["$defs"][name]
        model["examples"] = [yaml.safe_load(text) for text in texts]
    title = "part of a declaration" if part else "source.yml"
    described = {"$schema": _Schema.schema_dialect, **schema, "title": title}
    # a date in an example is a text
    return json.dumps(described, indent=1, ensure_ascii=False, default=str) + "\n"
