"""Feeds that state the same: within, at and beyond the tolerance, on one side only, and without rows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import yaml

from expectations.gate import Gate, Result
from expectations.suites import reconciliation
from expectations.suites.reconciliation import PAIRS
from lakehouse.administrations import ADMINISTRATIONS, KREIS
from lakehouse.lake import sql
from lakehouse.settings import CHECKOUT
from lakehouse.spec.discovery import load_sources
from tests.support.memory import MemoryStore

SETTINGS: Any = None
MARL, HERTEN = "05562024", "05562020"
# the columns that cases fill, in their order
TABLES = {
    "dim_municipality": "ags, postcode, is_current",
    "fct_broadband_coverage": "ags, technology, min_download_mbit_s, households_pct, definition_version",
    "fct_indicator_society": "indicator, area_code, period_start, value",
    "fct_inhabitants": "ags, inhabitants_date, inhabitants, area_km2",
    "it_nrw__district_payment": "ags, year, product, account, amount_eur",
    "it_nrw__municipal_payment": "ags, year, product, account, amount_eur",
    "localzero__area": "ags, reference_date, area_ha",
    "mart_funding_ledger": "ags, as_of_date, project_id, eligible_cost_eur, status, funding_source, participating_ags",
    "mart_project": "ags, as_of_date, project_id, cost_eur",
    "mart_public_finance": "source_feed, ags, year, inhabitants",
    "mart_strategy": "ags, funding_source_on, funding_basis, status",
    "osm__postcode": "ags, postcode",
}
LISTED = (MARL, "2019-12-31", 100_000, 87.76)
LEVIED, CITY_PAID = ("05562", 2011, "611", "6182"), (2011, "611", "7372")
APPROVAL = (MARL, "2025-12-31", "PR-1", 1000, "running", "federal", [HERTEN])
MEASURE = (MARL, "2024-05-01", "federal_grant", "running")


class Recorded(Gate):
    """A gate that keeps its results instead of writing them into the lake."""

    results: list[Result]

    def _record(self, results: list[Result]) -> None:
        self.results = results


@pytest.fixture(scope="module")
def declared() -> dict[str, dict[str, str]]:
    """Columns and types that contracts of marts and declarations of feeds give the tables that are read."""
    read = {name for pair in PAIRS for name in pair.reads}
    assert read == TABLES.keys()
    silver = load_sources(CHECKOUT / "sources", [name for name in read if "__" in name])
    found = {feed: source.stored_columns for feed, source in silver.items()}
    for path in CHECKOUT.glob("dbt/models/marts/*/*.yml"):
        for model in yaml.safe_load(path.read_text()).get("models", []):
            if model["name"] in read:
                found[model["name"]] = {column["name"]: column["data_type"] for column in model["columns"]}
    return found


@pytest.fixture
def connection(declared: dict[str, dict[str, str]]) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        for name, columns in declared.items():
            typed = ", ".join(f"{sql.quoted(column)} {sql.duckdb_type(type_)}" for column, type_ in columns.items())
            opened.execute(f"CREATE TABLE {name} ({typed})")
        yield opened


def fill(connection: duckdb.DuckDBPyConnection, **tables: list[tuple[Any, ...]]) -> None:
    for name, rows in tables.items():
        for row in rows:
            connection.execute(f"INSERT INTO {name} ({TABLES[name]}) VALUES ({', '.join('?' * len(row))})", row)


def judge(
    connection: duckdb.DuckDBPyConnection, *rebuilt: str, without: tuple[str, ...] = ()
) -> tuple[pa.Table, dict[str, Result]]:
    """The frame, and by pair what the gate says."""
    tables = {name: f"main.{name}" for name in TABLES if name not in without}
    frame, expectations = reconciliation.suite(connection, tables, {*rebuilt} or {*TABLES})
    gate = Recorded(SETTINGS, MemoryStore(), "run-1")
    gate.marts({}, (frame, expectations))
    return frame, {result.subject: result for result in gate.results}


def apart(frame: pa.Table, pair: str) -> list[tuple[str, float]]:
    found = zip(frame["ags"].to_pylist(), frame[pair].to_pylist(), strict=True)
    return sorted((ags, value) for ags, value in found if value is not None)


IN_MARL, IN_KREIS = "Marl in 1 of 1 rows", "Kreis Recklinghausen in 1 of 1 rows"
PEOPLE = ("inhabitants", MARL, "2018-12-31")
PAYING = ("it_nrw__municipal_payment", MARL, 2011)
MID, END = "households-2018-atene", "households-2018"
# rows of each table that the pair reads, whose do not hold (None: nobody's), and how many are compared
CASES: dict[str, list[tuple[list[list[tuple[Any, ...]]], str | None, int]]] = {
    "inhabitants": [
        ([[LISTED], [(*PEOPLE, 97_000)]], None, 1),
        ([[LISTED], [(*PEOPLE, 96_999)]], IN_MARL, 1),
        ([[LISTED], [(*PEOPLE, 0)]], IN_MARL, 1),
        ([[LISTED], [(*PEOPLE, None)]], None, 0),
        ([[LISTED], [("inhabitants", HERTEN, "2018-12-31", 1)]], None, 0),
        ([[LISTED], [("land_commerce", MARL, "2018-12-31", 1)]], None, 0),
        # the date that is nearest, and nobody outside of the region
        ([[LISTED, (MARL, "2025-12-31", 50_000, 87.76)], [(*PEOPLE, 100_000)]], None, 1),
        ([[("05513000", *LISTED[1:])], [("inhabitants", "05513000", "2018-12-31", 1)]], None, 0),
    ],
    "inhabitants_of_payments": [
        ([[LISTED], [(*PAYING, 88_000)] * 2], None, 1),
        ([[LISTED], [(*PAYING, 87_999)] * 2], IN_MARL, 1),
        ([[("05562", *LISTED[1:])], [("it_nrw__district_payment", "05562", 2011, 1)]], IN_KREIS, 1),
        ([[LISTED], [("wesel__budget", MARL, 2018, 1)]], None, 0),
    ],
    "area": [
        ([[LISTED], [(MARL, "2018-12-31", 8776)]], None, 1),
        ([[LISTED], [(MARL, "2018-12-31", 8820)]], None, 1),
        ([[LISTED], [(MARL, "2018-12-31", 8821)]], IN_MARL, 1),
        # square kilometres for hectares
        ([[LISTED], [(MARL, "2018-12-31", 87.8)]], IN_MARL, 1),
        ([[LISTED], []], None, 0),
    ],
    "postcode": [
        ([[(MARL, "45768", True)], [(MARL, "45768"), (MARL, "45770")]], None, 1),
        ([[(MARL, "45768", True)], [(MARL, "45770"), (HERTEN, "45768")]], IN_MARL, 1),
        ([[(MARL, "45768", False), (HERTEN, None, True)], []], None, 0),
    ],
    "basic_broadband": [
        ([[
            (MARL, "all", 1, 100, MID), (MARL, "all", 1, 98, END),
            (MARL, "all", 2, 100, MID), (MARL, "all", 2, 97.99, END),
            (MARL, "all", 50, 10, MID), (MARL, "all", 50, 90, END),
            (MARL, "dsl", 1, 10, MID), (MARL, "dsl", 1, 90, END),
        ]], "Marl in 1 of 2 rows", 2),
        ([[(MARL, "all", 1, 100, MID), (MARL, "all", 1, 9, "households-2019")]], None, 0),
    ],
    "kreis_levy": [
        ([[(MARL, *CITY_PAID, 500), (HERTEN, *CITY_PAID, 400)], [(*LEVIED, 1000)]], None, 1),
        ([[(MARL, *CITY_PAID, 500), (HERTEN, *CITY_PAID, 399)], [(*LEVIED, 1000)]], IN_KREIS, 1),
        # what a city paid is not known: too little tells nothing, too much does
        ([[(MARL, *CITY_PAID, 500), (HERTEN, *CITY_PAID, None)], [(*LEVIED, 1000)]], None, 0),
        ([[(MARL, *CITY_PAID, 1112), (HERTEN, *CITY_PAID, None)], [(*LEVIED, 1000)]], IN_KREIS, 1),
        ([[(MARL, *CITY_PAID, 1112)], [(*LEVIED, None)]], None, 0),
    ],
    "cost_of_funded_projects": [
        ([[APPROVAL], [(MARL, "2025-12-31", "PR-1", 1000)]], None, 1),
        ([[APPROVAL], [(MARL, "2025-12-31", "PR-1", 999.99)]], IN_MARL, 1),
        ([[APPROVAL], [(MARL, "2025-12-31", "PR-2", 5000)]], IN_MARL, 1),
        ([[APPROVAL], [(MARL, "2025-12-31", "PR-1", None)]], None, 0),
        # an older report cannot know it, and another administration numbers its own
        ([[APPROVAL], [(MARL, "2024-12-31", "PR-1", 1)]], None, 0),
        ([[APPROVAL], [(HERTEN, "2025-12-31", "PR-1", 1)]], None, 0),
    ],
    "grants_of_measures": [
        ([[MEASURE], [APPROVAL]], None, 1),
        ([[MEASURE, (*MEASURE[:2], "eu_grant", "completed")], [APPROVAL]], "Marl in 1 of 2 rows", 2),
        # one that was revoked pays for nothing, and the EU is not the federation
        ([[MEASURE], [(*APPROVAL[:4], "revoked", *APPROVAL[5:]), (*APPROVAL[:5], "esf", None)]], IN_MARL, 1),
        # a partner, who has a ledger of its own
        ([[(HERTEN, *MEASURE[1:])], [APPROVAL, (HERTEN, *APPROVAL[1:5], "other", None)]], None, 1),
        # without a ledger, after it, from before the pact, not begun, or paid otherwise: nothing can be said
        ([[
            (HERTEN, "2024-05-01", "eu_grant", "running"), (MARL, "2026-01-01", "eu_grant", "running"),
            (MARL, "2021-12-31", "eu_grant", "running"), (MARL, "2024-05-01", "eu_grant", "planned"),
            (MARL, "2024-05-01", "budget", "running"),
        ], [APPROVAL]], None, 0),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("pair", "rows", "whose", "compared"), [(pair, *case) for pair in PAIRS for case in CASES[pair.name]]
)
def test_whoever_is_beyond_the_tolerance_is_named_and_nobody_else(
    connection: duckdb.DuckDBPyConnection,
    pair: reconciliation.Pair,
    rows: list[list[tuple[Any, ...]]],
    whose: str | None,
    compared: int,
) -> None:
    fill(connection, **dict(zip(pair.reads, rows, strict=True)))
    frame, results = judge(connection)
    assert len(apart(frame, pair.name)) == compared
    result = results[pair.name]
    assert (result.success, result.severity, result.owner) == (whose is None, "warn", pair.owner)
    assert result.expectation == pair.rule + (f", but not of {whose}" if whose else "")
    assert [name for name, other in results.items() if not other.success] == ([pair.name] if whose else [])


def test_feeds_without_rows_agree(connection: duckdb.DuckDBPyConnection) -> None:
    frame, results = judge(connection)
    assert frame.num_rows == 0 and results.keys() == {pair.name for pair in PAIRS}
    assert all(result.success for result in results.values())


def test_only_pairs_with_a_changed_side_are_compared(connection: duckdb.DuckDBPyConnection) -> None:
    _, results = judge(connection, "fct_inhabitants", "mart_kpi")
    assert [*results] == ["inhabitants", "inhabitants_of_payments", "area"]
    _, results = judge(connection, "localzero__area")
    assert [*results] == ["area"]
    _, results = judge(connection, "fct_inhabitants", "osm__postcode", without=("localzero__area", "osm__postcode"))
    assert [*results] == ["inhabitants", "inhabitants_of_payments"], "a feed that never came has no table"


def test_where_no_side_changed_there_is_no_suite(connection: duckdb.DuckDBPyConnection) -> None:
    assert reconciliation.suite(connection, {name: name for name in TABLES}, {"mart_kpi"}) == (pa.table({}), [])
    gate, store = Recorded(SETTINGS, MemoryStore(), "run-1"), MemoryStore()
    gate.marts({}, (pa.table({}), []))
    assert gate.results == [] and store.objects == {}


def test_all_pairs_share_a_page(connection: duckdb.DuckDBPyConnection) -> None:
    store = MemoryStore()
    gate = Recorded(SETTINGS, store, "run-1")
    gate.marts({}, reconciliation.suite(connection, {name: f"main.{name}" for name in TABLES}, {*TABLES}))
    assert [key for _, key in store.objects] == ["ops/docs/quality/reconciliation.html"]


def test_random_figures_are_judged_as_by_hand(connection: duckdb.DuckDBPyConnection) -> None:
    drawn = random.Random("reconciliation")
    cities = [ags for ags in ADMINISTRATIONS if ags != KREIS]
    listed = {ags: drawn.randint(1, 200_000) for ags in cities}
    counted = {ags: round(people * drawn.choice((0.9, 0.96, 0.98, 1, 1.02, 1.04, 2))) for ags, people in listed.items()}
    fill(
        connection,
        fct_inhabitants=[(ags, "2019-12-31", people, 1) for ags, people in listed.items()],
        fct_indicator_society=[("inhabitants", ags, "2018-12-31", people) for ags, people in counted.items()],
    )
    frame, results = judge(connection)
    beyond = [
        f"{ADMINISTRATIONS[ags]} in 1 of 1 rows"
        for ags in cities
        if abs(listed[ags] - counted[ags]) * 100 > 3 * max(listed[ags], counted[ags])
    ]
    assert 0 < len(beyond) < 10 and len(apart(frame, "inhabitants")) == 10
    assert results["inhabitants"].expectation.endswith(f", but not of {', '.join(beyond)}")


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_a_pair_says_whom_to_ask_and_what_should_hold(pair: reconciliation.Pair) -> None:
    assert pair.owner.endswith("of Kreis Recklinghausen")
    assert pair.sentence_de[0].isupper() and pair.sentence_de.endswith(".") and pair.rule[0].islower()
    assert not pair.name.startswith(("ags", "stated", "other"))
    assert 1 <= len(pair.reads) == len({*pair.reads})


def test_no_two_pairs_share_a_name_or_a_sentence() -> None:
    assert len({pair.name for pair in PAIRS}) == len({pair.sentence_de for pair in PAIRS}) == len(PAIRS)
