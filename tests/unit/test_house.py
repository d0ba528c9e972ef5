"""The house as it is: its picture in DESIGN.md shows the real imports, and no module or function has grown too long."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import grimp

from lakehouse.settings import CHECKOUT

ROOMS = (
    "bridge",
    "cockpit",
    "dags",
    "expectations",
    "infra",
    "lakehouse",
    "opendata",
    "portal",
    "serving",
    "sources",
    "spark_jobs",
)
INNER = {"spec", "ingest", "lake", "workbook", "cli"}
# settings, names, errors, storage, the way a command ends: what the picture leaves out, because all rooms use it
BASE = "lakehouse"
LONGEST_MODULE, LONGEST_FUNCTION = 300, 60


def room(module: str) -> str:
    first, _, rest = module.partition(".")
    inner = {"__main__": "cli"}.get(rest, rest.partition(".")[0])
    return f"{BASE}.{inner}" if first == BASE and inner in INNER else first


def test_the_picture_shows_the_rooms_and_every_import_between_them() -> None:
    graph = grimp.build_graph(*ROOMS, cache_dir=None)
    imports = {
        (room(module), room(imported))
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
    }
    expected = {(here, there) for here, there in imports if here != there and there != BASE}
    picture = re.search(r"```mermaid\n(.*?)```", (CHECKOUT / "DESIGN.md").read_text("utf-8"), re.DOTALL)
    assert picture is not None
    drawn = {
        (here, there)
        for here, targets in re.findall(r"^ *([\w.]+) --> (.+)$", picture[1], re.MULTILINE)
        for there in targets.split(" & ")
    }
    assert drawn == expected
    assert {name for arrow in drawn for name in arrow} == {*ROOMS, *(f"{BASE}.{inner}" for inner in INNER)}


def python_files() -> list[Path]:
    found = [path for folder in (*ROOMS, "tests") for path in (CHECKOUT / folder).rglob("*.py")]
    assert len(found) > 200
    return found


def test_no_module_is_too_long_to_be_read() -> None:
    lines = {path: path.read_text("utf-8").count("\n") for path in python_files()}
    assert {str(path): count for path, count in lines.items() if count > LONGEST_MODULE} == {}


def test_no_function_is_too_long_to_be_read() -> None:
    too_long = {
        f"{path}: {node.name}": length
        for path in python_files()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert too_long == {}
