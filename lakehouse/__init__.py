"""Shared vocabulary and plumbing of the SmartVest lakehouse; knows neither Spark nor Airflow.

`lakehouse.open_release()` opens what was released to whoever works in Python; see `lakehouse.lake.asking`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lakehouse.lake.asking import open_release as open_release

__all__ = ["open_release"]


def __getattr__(name: str) -> Any:
    # imported when it is asked for: everything else of the house begins with this module, and needs no DuckDB
    if name == "open_release":
        from lakehouse.lake.asking import open_release

        return open_release
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
