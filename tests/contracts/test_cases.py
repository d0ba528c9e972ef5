"""Small deliveries as the world writes them, read in place: each ends in the right rows, or in a named refusal.

What `source.yml` could not say when a case was written down is said here as a change to its declaration.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from pyspark.sql import SparkSession

from lakehouse.errors import DeliveryRejected, SpecError
from lakehouse.spec.discovery import load_source
from tests.support.feed import classified, deliveries

Declared = dict[str, Any]


class Case(NamedTuple):
    """Valid rows (some columns by name), how many are quarantined; or what the refusal says."""

    rows: list[dict[str, Any]]
    quarantined: int = 0
    change: Callable[[Declared], object] = lambda _: None
    refused: str | None = None


def dialect(**changes: Any) -> Callable[[Declared], object]:
    return lambda declared: declared["format"].update(changes)


def column(number: int, **changes: Any) -> Callable[[Declared], object]:
    return lambda declared: declared["columns"][number].update(changes)


def find_header(declared: Declared) -> None:
    del declared["format"]["skip_lines"]
    declared["format"]["find_header"] = True


def footer(declared: Declared) -> None:
    del declared["format"]["footer"]
    declared["format"]["footer_begins"] = "^_+$"


def trailing_minus(declared: Declared) -> None:
    declared["columns"][1]["numbers"]["negative"] = "trailing"


TREES = {"1": "Eiche", "2": "Linde", "3": "Ulme"}
CASES = {
    # the second file says two things of one place, so the first one's figure stays and both are shown
    "blank_that_is_none": Case([{"place": "Haltern am See", "inhabitants": 38000}], quarantined=3),
    "bom_between_parts": Case([{"tree": number, "species": species} for number, species in TREES.items()]),
    "double_encoded": Case([{"stop_name": "Am Bahnhof"}, {"stop_name": "Königstraße"}], quarantined=2),
    "double_with_thousands": Case([{"value": 1234.5}, {"value": 12.5}]),
    "empty_rows_without_key": Case(
        [{"place": "Marl", "amount_eur": Decimal("10.50")}, {"place": "Herten", "amount_eur": Decimal("20.00")}]
    ),
    "excel_text_formula_key": Case([{"ags": "05562004", "value": 1}]),
    "fixed_width_in_bytes": Case([{"place": "Süd"}, {"place": "Nord"}], change=dialect(unit="bytes")),
    "footer_of_several_lines": Case([{"ags": "05562008", "value": 7}], change=footer),
    "header_over_two_lines_reordered": Case([], refused="may skip a header with other names"),
    "iso_8859_15": Case([], refused="byte a4 is '¤' there, '€' in iso-8859-15"),
    "json_lines": Case(
        [{"received_at": f"2026-06-20T{time}Z"} for time in ("14:34:32.869542824", "14:54:31.521002")],
        change=dialect(lines=True),
    ),
    "missing_trailing_delimiters": Case(
        [{"measure": f"M{n}", "state": state, "origin": None} for n, state in enumerate((3, 4, 5, 1), 1)],
        change=dialect(short_rows=True),
    ),
    "named_group_in_pattern": Case([], refused="is not plain enough to mean the same in Python and Java"),
    "nfd_key": Case([{"place": "Höxter", "inhabitants": 29500}]),
    "no_break_thousands": Case([{"amount_eur": Decimal("12345.60")}] * 4),
    "odd_quote_one_record": Case(
        [{"stop_name": "Markt"}, {"stop_name": "Rathaus"}], quarantined=1, change=dialect(one_line_per_record=True)
    ),
    "preamble_grows": Case([{"status": "In Betrieb", "latitude": 51.622222}], change=find_header),
    "scope_misses_by_a_blank": Case([{"district": "Kreis Recklinghausen", "value": number} for number in (1, 2, 3)]),
    "trailing_minus": Case(
        [{"amount_eur": Decimal("-1234.56")}, {"amount_eur": Decimal("99.00")}], change=trailing_minus
    ),
    "two_digit_year": Case(
        [{"commissioned_on": day} for day in ("1999-12-31", "1974-07-01", "2021-03-15")], change=column(1, pivot=2030)
    ),
    "utf16_table": Case([{"place": "Münsterstraße"}], change=dialect(encoding="utf-16")),
    "utf8_without_german_letters": Case([], refused="is UTF-8, declared is cp1252"),
    "votemanager_new_party": Case([], refused="has columns that may be measures"),
    # its file holds no more than the first bytes of one
    "xlsx_register": Case([], refused="r.xlsx: is not an xlsx workbook, or was cut off"),
    "xml_export": Case([{"unit_id": "SEE900000000001"}]),
}


@pytest.fixture(scope="session")
def cases(shared_dir: Path) -> Path:
    return shared_dir / "cases"


def test_every_case_with_a_declaration_is_tried(cases: Path) -> None:
    assert {path.parent.name for path in cases.glob("*/source.yml")} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_delivery_ends_as_it_should(name: str, cases: Path, spark: SparkSession, tmp_path: Path) -> None:
    case, folder = CASES[name], tmp_path / "case__feed"
    folder.mkdir()
    declared = yaml.safe_load((cases / name / "source.yml").read_text("utf-8"))
    case.change(declared)
    (folder / "source.yml").write_text(yaml.safe_dump(declared, allow_unicode=True), "utf-8")
    if case.refused is not None:
        with pytest.raises((DeliveryRejected, SpecError)) as refusal:
            ended(folder, cases / name, spark, tmp_path)
        assert case.refused in str(refusal.value)
        return
    rows = ended(folder, cases / name, spark, tmp_path)
    valid = [row for row in rows if row["_class"] == "valid"]
    assert sum(row["_class"] == "quarantined" for row in rows) == case.quarantined
    assert [{key: row[key] for key in expected} for row, expected in zip(valid, case.rows, strict=True)] == [
        {key: type(row[key]).fromisoformat(value) if key.endswith("_on") else value for key, value in expected.items()}
        for row, expected in zip(valid, case.rows, strict=True)
    ]


def ended(folder: Path, case: Path, spark: SparkSession, tmp_path: Path) -> list[dict[str, Any]]:
    """Every row of a case's files, in the order of delivery and record."""
    source = load_source(folder / "source.yml")
    served, work = tmp_path / "served", tmp_path / "work"
    for address in source.fetch.mirrored.addresses:
        (served / address).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(case / Path(address).name, served / address)
    work.mkdir()
    rows = [row.asDict() for row in classified(spark, source, deliveries(source, served, work), work).collect()]
    return sorted(rows, key=lambda row: (row["_delivery_id"], row["_record_number"]))
