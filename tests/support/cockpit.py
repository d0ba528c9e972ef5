"""Releases in memory: every mart as dbt's contracts declare it, with the rows of a test."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import duckdb
import yaml

from lakehouse.administrations import ADMINISTRATIONS, KREIS
from lakehouse.lake.release import FeedUsed, Manifest, MartColumn, MartPin, Seal
from lakehouse.lake.sql import duckdb_type, quoted
from lakehouse.settings import CHECKOUT
from lakehouse.spec.licence import Licence

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
REGION, MARL, HERTEN = "05562", "05562024", "05562020"
CITIES = [ags for ags in ADMINISTRATIONS if ags != KREIS]
HOSTILE = "<script>alert('x')</script> & \"Co\""
MADE_AT = dt.datetime(2026, 11, 22, 11, tzinfo=dt.UTC)


@cache
def contracts() -> dict[str, dict[str, Any]]:
    """What dbt's files say of each mart."""
    found = {}
    for path in sorted((CHECKOUT / "dbt" / "models" / "marts").rglob("_*.yml")):
        for model in yaml.safe_load(path.read_text("utf-8")).get("models", []):
            found[model["name"]] = model
    assert len(found) > 50
    return found


def feed_of(mart: str) -> str:
    """The one feed behind a mart of these releases."""
    return f"vest__{mart}"


def manifest(rows: Rows, number: int = 7, fictitious: frozenset[str] = frozenset(), without: str = "") -> Manifest:
    """The manifest of a release in which a mart has these rows, and its feed has come if there are any."""
    marts = {name: _pin(name, model, len(rows.get(name, ()))) for name, model in contracts().items() if name != without}
    licence = Licence(id="http://dcat-ap.de/def/licenses/dl-by-de/2.0", attribution="Land <b>NRW</b>")
    feeds = {
        feed_of(name): FeedUsed(
            title=f"Lieferung zu {name}",
            licence=None if name in fictitious else licence,
            licence_note="",
            deliveries=["d1"] if rows.get(name) else [],
            fictitious=name in fictitious,
        )
        for name in marts
    }
    previous = Seal(release=number - 1, sha256="") if number > 1 else None
    return Manifest(
        release=number, previous=previous, run_id="run", created_at=MADE_AT + dt.timedelta(days=number), code="c",
        silver={}, marts=marts, publications=[], feeds=feeds,
    )  # fmt: skip


def _pin(name: str, model: dict[str, Any], rows: int) -> MartPin:
    columns = [
        MartColumn(
            name=c["name"], type=c["data_type"], description=c["description"], label_de=c["meta"]["label_de"],
            unit=c["meta"].get("unit"), publish=False,
        )
        for c in model["columns"]
    ]  # fmt: skip
    return MartPin(
        version=1, uri="", rows=rows, checksum=str(rows), description=model["description"].strip(),
        inputs=[feed_of(name)], columns=columns, files=[], title_de=model["config"]["meta"]["title_de"],
    )  # fmt: skip


def connection(rows: Rows, without: str = "") -> duckdb.DuckDBPyConnection:
    """Every mart as a table of its declared columns; what a row does not name is NULL."""
    made = duckdb.connect()
    made.execute("SET TimeZone = 'UTC'")
    for name, model in contracts().items():
        if name != without:
            columns = [f"{quoted(c['name'])} {duckdb_type(c['data_type'])}" for c in model["columns"]]
            made.execute(f"CREATE TABLE {quoted(name)} ({', '.join(columns)})")
    for name, some in rows.items():
        for row in some:
            places = ", ".join("?" * len(row))
            statement = f"INSERT INTO {quoted(name)} ({', '.join(map(quoted, row))}) VALUES ({places})"
            made.execute(statement, list(row.values()))
    return made


def kpi(ags: str, period: str, numerator: int, denominator: int, **more: Any) -> dict[str, Any]:
    """A row of mart_kpi of the key figure of these tests."""
    level = "district" if ags == REGION else "district_administration" if ags == KREIS else "city"
    value = round(Decimal(100 * numerator) / denominator, 2) if denominator else None
    return {
        "kpi": "ozg_online", "definition_version": 1, "ags": ags,
        "name": ADMINISTRATIONS.get(ags, ADMINISTRATIONS[KREIS]),
        "level": level, "period": period, "numerator": numerator, "denominator": denominator, "value": value,
        "administrations": 1, "fictitious": True, **more,
    }  # fmt: skip


def definition(kpi: str, version: int, **more: Any) -> dict[str, Any]:
    """A definition of it."""
    return {
        "kpi": kpi, "definition_version": version, "valid_from": dt.date(2021 + version, 1, 1), "theme": "B1",
        "title_de": "Online-Leistungen", "numerator_de": "Leistungen online", "denominator_de": "Leistungen",
        "unit_de": "Prozent", "factor": 100, "mart": "mart_ozg_progress", "reference_de": "Natürliche Grenzen", **more,
    }  # fmt: skip


def boundary(ags: str, column: int, row: int) -> dict[str, Any]:
    """A made-up square area; that of Herten has an exclave, as real ones have."""
    west, south = 7 + column / 10, 51.5 + row / 10
    square = [[west, south], [west + 0.1, south], [west + 0.1, south + 0.1], [west, south + 0.1], [west, south]]
    if ags == HERTEN:
        small = [[west + 0.35, south], [west + 0.37, south], [west + 0.35, south + 0.02], [west + 0.35, south]]
        geometry: dict[str, Any] = {"type": "MultiPolygon", "coordinates": [[square], [small]]}
    else:
        geometry = {"type": "Polygon", "coordinates": [square]}
    return {
        "ags": ags, "name": ADMINISTRATIONS[ags], "is_vest": True, "territorial_status_date": dt.date(2010, 9, 1),
        "geometry_type": geometry["type"], "geometry": json.dumps(geometry),
    }  # fmt: skip


def example() -> Rows:
    """Rows with whatever is hard to show: gaps, new definitions, made-up and real rows side by side, foreign text."""
    day = dt.date(2026, 3, 1)
    kpis = [kpi(ags, period, count, 400) for ags in (REGION, KREIS, *CITIES) for period, count in
            (("2023-H1", 40), ("2023-H2", 80), ("2025-H1", 120))]  # fmt: skip
    kpis += [kpi(REGION, "2025-H2", 100, 400, definition_version=2), kpi(MARL, "2025-H2", 0, 0, definition_version=2)]
    gap = [
        {"ags": ags, "name": ADMINISTRATIONS.get(ags, "Kreis Recklinghausen"),
         "level": "district" if ags == REGION else "city", "technology": "all", "min_download_mbit_s": 1000,
         "reference_date": dt.date(year, 12, 31),
         "inhabitants_to_reach_estimate": reach if ags != HERTEN else None, "definition_version": version}
        for ags in (REGION, *CITIES)
        for year, reach, version in (
            (2018, 512345, "households-2019-old-source"), (2019, 401234, "households-2019"),
            (2020, 1234567, "households-2019"))
    ]  # fmt: skip
    air = [{"station_code": "DENW1", "local_date": day + dt.timedelta(days=n), "quantity": "no2",
            "mean_ug_m3": None if n == 5 else Decimal("12.34") + n} for n in range(12) if n != 8]  # fmt: skip
    return {
        "mart_kpi": kpis,
        "mart_kpi_definition": [definition("ozg_online", 1), definition("ozg_online", 2, title_de=f"Online {HOSTILE}")],
        "mart_connectivity_gap": gap,
        "mart_air_quality_daily": air,
        "dim_station": [{"network": "uba", "station_code": "DENW1", "name": "Marl-Sickingmühle", "ags": MARL}],
        "mart_ozg_progress": [{"ags": REGION, "name": "Kreis", "level": "district", "definition": "online",
                               "definition_de": HOSTILE, "source": "self_report", "period": "2025-H1", "numerator": 3,
                               "denominator": 4, "pct": 75.0, "is_latest": True, "fictitious": True}],
        "mart_ozg_last_mile": [
            {"leika_key": str(n), "service_name": f"Leistung {n} {HOSTILE if n == 1 else ''}", "is_latest": True,
             "missing_ags": [MARL, HERTEN][: 1 + n % 2], "missing_names": ["Marl", "Herten"][: 1 + n % 2],
             "cities_online": 9, "inhabitants_affected": 1000 * n, "fictitious": n % 2 == 0}
            for n in range(50)
        ],
        "mart_zire": [
            {"ags": KREIS, "name": "Kreis Recklinghausen", "budget_line_id": "H-1", "budget_year": 2023,
             "programme": "own_share_pool", "purpose": "Eigenanteile", "as_of_date": dt.date(2025, 12, 31),
             "planned_eur": Decimal("1000000.00"), "bound_eur": Decimal("250000.50"), "spent_eur": Decimal("0.00"),
             "free_eur": Decimal("749999.50"), "fictitious": True},
            {"ags": MARL, "name": "Marl", "budget_line_id": "H-1", "budget_year": 2024, "programme": "zire",
             "purpose": "WLAN", "planned_eur": Decimal("5000.00"), "free_eur": Decimal("5000.00"), "fictitious": False},
        ],
        "mart_source_health": [
            {"feed": "vest__ozg", "feed_title": f"OZG {HOSTILE}", "month": dt.date(2026, 10, 1), "is_latest": True,
             "as_of_at": MADE_AT, "last_accepted_at": MADE_AT, "is_late": True, "hours_late": 30,
             "deliveries_rejected": 1, "rejection_reasons": ["formulas"], "rows_refused": 12, "fictitious": True}
        ],
        "dim_boundary": [boundary(ags, place % 4, place // 4) for place, ags in enumerate(CITIES)],
        "dim_code": [
            {"feed": "ops__deliveries", "column_name": "reason", "code": "formulas", "label_de": "Formeln darin"},
            {"feed": "vest__budget_line", "column_name": "programme", "code": "zire", "label_de": "Zukunft (ZIRE)"},
        ],
    }  # fmt: skip


FICTITIOUS = frozenset({"mart_ozg_progress", "mart_ozg_last_mile", "mart_zire", "mart_source_health"})
