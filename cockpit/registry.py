"""What the cockpit shows: a file per theme in `figures/`, and the key figures that a release defines itself."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lakehouse.errors import LakehouseError
from lakehouse.lake import sql

FOLDER = Path(__file__).resolve().parent / "figures"
# columns that say something of a row and are not shown as columns
FICTITIOUS = "fictitious"
# what a query of the kind `areas` gives, the last two if it has them
AREAS = ("ags", "name", "level", "period", "value")
AREAS_MORE = ("definition_version", FICTITIOUS)


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Bars(_Declared):
    """A bar per row: which column names it, and which is its length."""

    category: str
    value: str


class Figure(_Declared):
    """One figure: a query on the marts of a release, and how its rows are shown.

    Attributes:
        id: name of the figure in addresses and in the pages.
        title: German title.
        kind: `areas`: a figure for the region and each administration, by period; `series`: a line per series;
            `facts`: one row whose columns are shown large; `list`: a table, with bars if `chart` is given.
        about: the definition, in German.
        sql: the query; its order is complete, so that the same release gives the same page.
        unit: of the column `value` of `areas` and `series`.
        step: what lies between two dates of a series without a gap; nothing if it has no regular step.
        labels: German names of columns that no mart has.
        units: units of these.
        codes: columns that hold codes: which `<feed>.<column>` of dim_code has their German labels.
        ags: column that says whose page of a city a row is on, one AGS or several; it is not shown.
        chart: bars beside a list.
        kpi: code of the key figure, if a release defined it.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    kind: Literal["areas", "series", "facts", "list"]
    about: str
    sql: str
    unit: str = ""
    step: Literal["day", "month", ""] = ""
    labels: dict[str, str] = {}
    units: dict[str, str] = {}
    codes: dict[str, str] = {}
    ags: str = ""
    chart: Bars | None = None
    kpi: str = ""

    @property
    def is_share(self) -> bool:
        """Whether a map may show it: a city that is dark for having many people would say nothing."""
        return self.kind == "areas" and self.unit == "Prozent"

    @property
    def hidden(self) -> set[str]:
        """Columns that are not shown."""
        return {FICTITIOUS, self.ags} - {""}


class Theme(_Declared):
    """One theme of the pact, and so one page.

    Attributes:
        id: name of the file, and of the page.
        title: German title.
        about: what it is about, a sentence.
        kpi_theme: the theme by which a release's key figures belong here.
        figures: in the order of the page.
    """

    id: str
    title: str
    about: str
    kpi_theme: str = ""
    figures: list[Figure]


@cache
def themes() -> tuple[Theme, ...]:
    """All themes, in the order of the pact; money and quality come last.

    Raises:
        LakehouseError: a file is not as it must be.
    """
    found = [_read(path) for path in sorted(FOLDER.glob("*.yml"))]
    return tuple(sorted(found, key=lambda theme: (len(theme.id) > 2, theme.id)))


def figure(name: str) -> Figure:
    """A figure by its id; raises KeyError."""
    return {one.id: one for theme in themes() for one in theme.figures}[name]


def key_figure(kpi: str, title: str, unit: str, about: str) -> Figure:
    """The figure of a key figure: what it means stands in the release, so only its values are asked for here."""
    query = (
        "SELECT ags, name, level, period, value, numerator, denominator, administrations,\n"
        "       definition_version, fictitious\n"
        "FROM mart_kpi\n"
        f"WHERE kpi = {sql.text(kpi)}\n"
        "ORDER BY ags, definition_version, period\n"
    )
    return Figure(id=f"kpi_{kpi}", title=title, kind="areas", about=about, sql=query, unit=unit, kpi=kpi)


def _read(path: Path) -> Theme:
    content: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    try:
        return Theme(id=path.stem, **content)
    except ValidationError as error:
        raise LakehouseError(f"{path}: {error}") from None
