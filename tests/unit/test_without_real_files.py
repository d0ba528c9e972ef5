"""What a machine without the real files runs: everything but the figures of these files."""

from __future__ import annotations

import re

from lakehouse.settings import CHECKOUT

NEEDS_THEM = re.compile(r"\b(shared_dir|shapes_dir|real_region)\b")


def test_continuous_integration_also_runs_what_differs_without_them() -> None:
    script = (CHECKOUT / ".ci" / "run").read_text("utf-8")
    listed = re.findall(r"tests/\S+", script[script.index("newcomer() {") :].partition("}")[0])
    differ = [
        path.relative_to(CHECKOUT).as_posix()
        for path in sorted((CHECKOUT / "tests").rglob("test_*.py"))
        if path.name != "test_without_real_files.py" and NEEDS_THEM.search(path.read_text("utf-8"))
    ]
    assert len(differ) >= 3
    assert [path for path in differ if not path.startswith(tuple(listed))] == []
