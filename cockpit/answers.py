"""What a release answers to the query of a figure, and where that comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

import duckdb

from cockpit import german
from cockpit.origins import Origin, origin
from cockpit.registry import FICTITIOUS, Figure, Theme, key_figure
from lakehouse.lake.asking import mentioned
from lakehouse.lake.release import Manifest

Row = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """A column that is shown: its name in the query, how it is called, its unit, and whether it holds numbers."""

    name: str
    label: str
    unit: str
    is_number: bool
    codes: Mapping[str, str] | None = None

    @property
    def heading(self) -> str:
        """Label with unit."""
        return f"{self.label} ({self.unit})" if self.unit else self.label


@dataclass(frozen=True)
class Answer:
    """A figure of one release.

    Attributes:
        figure: what was asked.
        rows: what the query gave, in its order.
        columns: those that are shown.
        origin: what is behind it.
        is_released: False if the release lacks a mart or column that the query needs; it is older than the figure.
    """

    figure: Figure
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    origin: Origin
    is_released: bool = True
    of_one_city: bool = field(default=False)

    @cached_property
    def made_up(self) -> str:
        """`alle`, `manche` or nothing: how much of what is shown is fictitious."""
        flags = [bool(row.get(FICTITIOUS, self.origin.fictitious)) for row in self.rows]
        return "alle" if flags and all(flags) else "manche" if any(flags) else ""

    def is_made_up(self, row: Row) -> bool:
        """Whether one row is."""
        return bool(row.get(FICTITIOUS, self.origin.fictitious))

    def of(self, ags: str) -> Answer:
        """The same for one administration: its rows only."""
        key = "ags" if self.figure.kind == "areas" else self.figure.ags
        rows = tuple(row for row in self.rows if _is_of(row[key], ags))
        return Answer(self.figure, rows, self.columns, self.origin, self.is_released, of_one_city=True)


class Asker:
    """Asks one release."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, manifest: Manifest) -> None:
        """Keeps the release; nothing is asked yet."""
        self._connection, self._manifest = connection, manifest

    @cached_property
    def _codes(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        if "dim_code" in self._manifest.marts:
            query = "SELECT feed || '.' || column_name, code, label_de FROM dim_code"
            for column, code, label in self._connection.sql(query).fetchall():
                found.setdefault(column, {})[code] = label
        return found

    def key_figures(self, theme: Theme) -> list[Figure]:
        """The key figures of a theme as the release defines them, by the newest version of each definition."""
        if not theme.kpi_theme or "mart_kpi_definition" not in self._manifest.marts:
            return []
        query = """
            SELECT kpi, title_de, unit_de, numerator_de, denominator_de, factor, reference_de, definition_version,
                   valid_from
            FROM mart_kpi_definition WHERE theme = ?
            QUALIFY row_number() OVER (PARTITION BY kpi ORDER BY definition_version DESC) = 1
            ORDER BY title_de, kpi
        """
        found = []
        for kpi, title, unit, counted, of, factor, reference, version, since in self._connection.execute(
            query, [theme.kpi_theme]
        ).fetchall():
            times = f"{factor} × " if factor != 1 else ""
            about = (
                f"{times}„{counted}“ geteilt durch „{of}“. "
                f"Fassung {version} der Definition, gültig ab {german.day(since)}."
                + (f" Bezug des Index: {reference}." if reference else "")
            )
            found.append(key_figure(kpi, title, unit, about))
        return found

    def ask(self, figure: Figure) -> Answer:
        """Asks for a figure. A release from before the figure has no answer, which is told and no error."""
        # DuckDB would look into the views, and cannot there
        marts = set(mentioned(self._manifest, figure.sql))
        behind = origin(
            self._manifest, sorted(marts | self._defining(figure)), skip={"mart_kpi"} if figure.kpi else set()
        )
        try:
            result = self._connection.sql(figure.sql)
        except (duckdb.CatalogException, duckdb.BinderException):
            return Answer(figure, (), (), behind, is_released=False)
        names = result.columns
        rows = tuple(dict(zip(names, row, strict=True)) for row in result.fetchall())
        columns = tuple(self._column(figure, name, marts, rows) for name in names if name not in figure.hidden)
        return Answer(figure, rows, columns, behind)

    def _defining(self, figure: Figure) -> set[str]:
        """The mart whose rows a key figure counts: all others have nothing to do with it."""
        if not figure.kpi:
            return set()
        query = "SELECT mart FROM mart_kpi_definition WHERE kpi = ? ORDER BY definition_version DESC LIMIT 1"
        return {mart for (mart,) in self._connection.execute(query, [figure.kpi]).fetchall()}

    def _column(self, figure: Figure, name: str, marts: set[str], rows: tuple[Row, ...]) -> Column:
        known = [
            c for mart in sorted(marts) if mart in self._manifest.marts for c in self._manifest.marts[mart].columns
        ]
        told = next((column for column in known if column.name == name), None)
        label = figure.labels.get(name) or (told.label_de if told else "") or name
        unit = figure.units.get(name) or (told.unit if told and name not in figure.labels else "") or ""
        values = (row[name] for row in rows)
        is_number = any(isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in values)
        return Column(name, label, unit, is_number, self._codes.get(figure.codes.get(name, "")))


def _is_of(value: str | list[str] | None, ags: str) -> bool:
    return ags in value if isinstance(value, list) else value == ags
