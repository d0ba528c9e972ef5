"""SQL of a dbt model on rows of a test: rendered without dbt, with temporary views in the place of what it reads."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import jinja2
import yaml
from pyspark.sql import SparkSession

from lakehouse.lake.dbt_artifacts import write_sources
from lakehouse.settings import CHECKOUT
from lakehouse.spec.discovery import discover

DBT = CHECKOUT / "dbt"
# what stands for them is given
_OF_DBT = re.compile(r"{% macro (?:silver|ops|declared|should_full_refresh)\(.*?{%-? endmacro %}", re.DOTALL)
# a model that grows finds its own rows under this name
THIS = "this"


def render(model: str, changed: Mapping[str, Sequence[str]] | None = None, **views: str) -> str:
    """The SQL of a model, the ephemeral ones that it reads included, as dbt would run it.

    Args:
        model: its name.
        changed: deliveries whose rows changed by feed, for a model that grows; by default it is built as a whole.
        views: the temporary view that stands for a feed, a table that a build pins or a model that is a table, by name;
            `THIS` is the model itself as it was built before.
    """
    macros = "\n".join(path.read_text("utf-8") for path in sorted((DBT / "macros").glob("*.sql")))
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, extensions=["jinja2.ext.do"])
    variables = yaml.safe_load((DBT / "dbt_project.yml").read_text("utf-8"))["vars"] | {"changed_deliveries": changed}

    def text(name: str) -> str:
        [path] = DBT.glob(f"models/**/{name}.sql")
        return _rendered(environment, macros, path, {**given, "ref": ref})

    def ref(name: str) -> str:
        return views[name] if name in views else f"(\n{text(name)}\n)"

    given: dict[str, Any] = {
        "silver": lambda feed: views[feed],
        "ops": lambda table: views[f"ops__{table}"],
        "declared": lambda name: declarations()[name],
        "var": lambda name, default=None: variables.get(name, default),
        "config": lambda **_: "",
        "is_incremental": lambda: changed is not None,
        "this": views.get(THIS),
        "modules": {"re": re},
        "run_query": _asked,
        "execute": True,
    }
    return text(model)


@cache
def declarations() -> dict[str, Any]:
    """What dbt is told of the tables that the lakehouse itself writes, and of all feeds."""
    with TemporaryDirectory() as folder:
        into = Path(folder) / "sources.yml"
        write_sources({}, discover(CHECKOUT / "sources"), into)
        _, own = yaml.safe_load(into.read_text("utf-8"))["sources"]
    return {table["name"]: table["config"]["meta"] for table in own["tables"]}


def _asked(query: str) -> Any:
    """The answer to a question that a macro asks while it is rendered, as dbt gives it, column by column."""
    session = SparkSession.getActiveSession()
    assert session is not None
    rows = session.sql(query)
    found = rows.collect()
    return SimpleNamespace(
        columns=[SimpleNamespace(values=lambda name=name: [row[name] for row in found]) for name in rows.columns]
    )


def _rendered(environment: jinja2.Environment, macros: str, path: Path, given: dict[str, Any]) -> str:
    own = _OF_DBT.sub("", macros)
    rendered: str = environment.from_string(own + "\n" + path.read_text("utf-8")).render(given)
    return rendered
