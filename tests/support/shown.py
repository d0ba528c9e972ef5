"""Every number on a page of the cockpit, held against the query that stands beside it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import duckdb
from lxml import html

from cockpit import questions, registry
from cockpit.registry import AREAS, FICTITIOUS, Figure

Document = Any
Rows = Sequence[Mapping[str, Any]]
Query = Callable[[str], Rows]
_GERMAN = r"\u2212?\d[\d.]*(?:,\d+)?"


def asking(connection: duckdb.DuckDBPyConnection) -> Query:
    """Answers of a release as rows by column, each query asked once."""
    known: dict[str, Rows] = {}

    def ask(statement: str) -> Rows:
        if statement not in known:
            cursor = connection.execute(statement)
            names = [column[0] for column in cursor.description or ()]
            known[statement] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        return known[statement]

    return ask


def compare(pages: Mapping[str, bytes], query: Query, rows_shown: int) -> Counter[str]:
    """Compares all pages; what differs fails.

    Args:
        pages: by their name.
        query: asks the release of which they are made.
        rows_shown: of a list at most.

    Returns:
        how many numbers each page has.
    """
    documents = {name: html.document_fromstring(body.decode()) for name, body in pages.items() if name.endswith("html")}
    statements = {
        section.get("data-figure"): section.xpath(".//details/pre/code")[0].text_content()
        for document in documents.values()
        for section in document.xpath("//section[@data-figure]")
    }
    told = Counter[str]()
    for page, document in documents.items():
        ags = page.removeprefix("stadt-").removesuffix(".html") if page.startswith("stadt-") else ""
        for section in document.xpath("//section[@data-figure]"):
            assert section.xpath(".//details/pre/code")[0].text_content() == statements[section.get("data-figure")]
            rows = query(statements[section.get("data-figure")])
            found = numbers(section)
            assert _section(section, ags, rows, rows_shown) == found, f"{page}#{section.get('id')}"
            _drawn(section, f"{page}#{section.get('id')}")
            told[page] += len(found)
        for large in document.xpath("//li[@data-figure]"):
            found = numbers(large)
            name = large.get("data-figure")
            assert found == _large(_figure(name), query(statements[name]), "")[: len(found) or 1], f"{page}: {name}"
            told[page] += len(found)
        assert told[page] == len(list(document.iter("data"))), f"{page} has numbers that belong to no figure"
    return told


def numbers(element: Document) -> list[str]:
    """The raw numbers in a part of a page; each is also what its words say."""
    found = []
    for data in element.iter("data"):
        raw = Decimal(data.get("value"))
        said = Decimal(_plain(data.text_content()))
        assert said == round(raw, max(0, -int(said.as_tuple().exponent))), (raw, data.text_content())
        found.append(data.get("value"))
    return found


def of_row(row: Mapping[str, Any], columns: Sequence[str]) -> list[str]:
    """The numbers among some columns of a row."""
    values = (row[column] for column in columns)
    return [str(value) for value in values if isinstance(value, int | float | Decimal) and not isinstance(value, bool)]


def _section(section: Document, ags: str, rows: Rows, rows_shown: int) -> list[str]:
    """What the numbers of a section must be, in their order."""
    figure = _figure(section.get("data-figure"))
    expected = _large(figure, rows, ags) if section.xpath("./dl[@class='large']") else []
    for table in section.iter("table"):
        keys = [row.get("data-key") for row in table.xpath("./tbody/tr")]
        kind = table.get("data-table").rpartition("-")[2]
        if kind == "list":
            of_it = [row for row in rows if not ags or ags in _listed(row[figure.ags])]
            assert len(keys) == min(len(of_it), rows_shown)
            columns = [column for column in (rows[0] if rows else {}) if column not in figure.hidden]
            expected += [number for row in of_it[:rows_shown] for number in of_row(row, columns)]
        elif kind == "areas":
            assert sorted(keys) == sorted({row["ags"] for row in rows if ags in ("", row["ags"])})
            more = [column for column in rows[0] if column not in (*AREAS, FICTITIOUS)]
            expected += [number for key in keys for number in of_row(_newest(rows, key), ["value", *more])]
        else:
            expected += _history(figure, rows, ags, keys)
    return expected


def _history(figure: Figure, rows: Rows, ags: str, keys: Sequence[str]) -> list[str]:
    """Values in the order of the page, of which definitions may have several for a period."""
    if figure.kind == "areas":
        own = ags or next(row["ags"] for row in rows if row["level"] == "district")
        rows = [row for row in rows if row["ags"] == own]
    column = "period" if figure.kind == "areas" else "series"
    left = {key: [row for row in rows if str(row[column]) == key] for key in set(keys)}
    assert sum(map(len, left.values())) == len(rows) == len(keys)
    return [number for key in keys for number in of_row(left[key].pop(0), ["value"])]


def _large(figure: Figure, rows: Rows, ags: str) -> list[str]:
    if figure.kind == "facts":
        return of_row(rows[0], [column for column in rows[0] if column not in figure.hidden])
    regions = {row["ags"] for row in rows if row["level"] == "district"}
    return [number for key in (ags, *regions) if key for number in of_row(_newest(rows, key), ["value"])]


def _newest(rows: Rows, ags: str) -> Mapping[str, Any]:
    own = [row for row in rows if row["ags"] == ags]
    return max(own, key=lambda row: (str(row["period"]), str(row.get("definition_version")).rjust(30)))


def _drawn(section: Document, where: str) -> None:
    """What bars and maps say stands in the tables of the section."""
    said = {_plain(data.text_content()) for data in section.iter("data")}
    for chart in section.xpath(".//*[local-name()='svg']"):
        name = chart.get("aria-labelledby")
        if "-map-" in name:
            words = [word.text for word in chart.xpath(".//*[local-name()='tspan']")]
            shown = [word for word in words if re.fullmatch(_GERMAN, word)]
        elif "-chart-" in name:
            shown = re.findall(rf": ({_GERMAN})(?=, |\.$)", chart[1].text)
        else:
            continue
        assert shown and {*map(_plain, shown)} <= said, where


def _figure(name: str) -> Figure:
    if name.startswith("kpi_"):
        return registry.key_figure(name, "", "", "")
    asked = {one.id: one for one in questions.theme().figures}
    return asked[name] if name in asked else registry.figure(name)


def _listed(value: Any) -> Sequence[str]:
    return value if isinstance(value, list) else [value]


def _plain(words: str) -> str:
    return words.strip().replace(".", "").replace(",", ".").replace("\u2212", "-")
