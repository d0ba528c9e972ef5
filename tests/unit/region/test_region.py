"""The made-up region: all of its rows keep their declarations, hang together over the years, and hold the facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from infra.region import ENTITIES, rows_of
from infra.region.facts import ACTION_FIELDS, CITIES, DECIDED_ON, DECISION, HALF_YEARS, YEARS, Row, as_of, periods
from infra.region.ozg import SERVICES
from lakehouse.administrations import ADMINISTRATIONS, KREIS
from lakehouse.settings import CHECKOUT
from lakehouse.spec.discovery import delivery_ids, load_delivery
from lakehouse.spec.inbox import Inbox
from tests.unit.region.reading import problems

SOURCES = CHECKOUT / "sources"
DELIVERIES = [d for d in delivery_ids(SOURCES) if isinstance(load_delivery(SOURCES, d)[0].fetch, Inbox)]
MEASURE_ORDER = {"idea": 0, "planned": 1, "running": 2, "completed": 3, "stopped": 3}
MILESTONE_ORDER = {"planned": 0, "running": 1, "at_risk": 1, "reached": 2, "dropped": 2}


def test_every_workbook_has_rows() -> None:
    assert set(DELIVERIES) == set(ENTITIES)


@pytest.mark.parametrize("delivery", DELIVERIES)
def test_all_rows_keep_their_declarations(delivery: str) -> None:
    tables = load_delivery(SOURCES, delivery)
    fetch = tables[0].fetch
    assert isinstance(fetch, Inbox)
    delivered = periods(fetch.period)
    assert sorted(delivered) == sorted(fetch.periods(dt.date(2026, 12, 31)))
    for ags in ADMINISTRATIONS:
        for period in delivered:
            rows = rows_of(delivery, ags, period)
            assert problems(tables, rows, ags, period, as_of(period)) == [], f"{ags} {period}"
            assert any(rows.values())
            assert all(len(of_table) <= 40 for of_table in rows.values())


@pytest.mark.parametrize("delivery", DELIVERIES)
def test_rows_are_always_the_same_and_differ_between_administrations(delivery: str) -> None:
    period = "2024" if "2024" in _periods(delivery) else "2024-H1"
    first = [rows_of(delivery, ags, period) for ags in ADMINISTRATIONS]
    assert first == [rows_of(delivery, ags, period) for ags in ADMINISTRATIONS]
    assert all(one != other for n, one in enumerate(first) for other in first[n + 1 :])


def _periods(delivery: str) -> tuple[str, ...]:
    fetch = load_delivery(SOURCES, delivery)[0].fetch
    assert isinstance(fetch, Inbox)
    return periods(fetch.period)


def history(delivery: str, table: str, *key: str) -> Iterator[list[Row]]:
    """What is said of one thing of one administration, from its first period to the last."""
    for ags in ADMINISTRATIONS:
        of: dict[tuple[object, ...], list[Row]] = {}
        for period in _periods(delivery):
            for row in rows_of(delivery, ags, period)[table]:
                of.setdefault(tuple(row[name] for name in key), []).append(row)
        yield from of.values()


def test_a_measure_keeps_its_title_and_its_status_goes_forward() -> None:
    for said in history("vest__strategie", "vest__measure", "measure"):
        assert len({(row["title"], row["action_field"]) for row in said}) == 1
        order = [MEASURE_ORDER[str(row["status"])] for row in said]
        assert order == sorted(order)
    for said in history("vest__strategie", "vest__milestone", "measure", "milestone"):
        assert len({(row["title"], row["first_due_on"]) for row in said}) == 1
        order = [MILESTONE_ORDER[str(row["status"])] for row in said]
        assert order == sorted(order)


def test_the_strategy_has_everything_that_its_marts_ask_for() -> None:
    measures = [
        r for ags in ADMINISTRATIONS for p in HALF_YEARS for r in rows_of("vest__strategie", ags, p)["vest__measure"]
    ]
    assert {row["action_field"] for row in measures} == set(ACTION_FIELDS)
    assert {row["status"] for row in measures} == set(MEASURE_ORDER)
    assert {row["climate_note"] for row in measures} == {"none", "positive", "negative"}
    overdue = set()
    for ags in ADMINISTRATIONS:
        for period in HALF_YEARS:
            for row in rows_of("vest__strategie", ags, period)["vest__milestone"]:
                due_on = row["due_on"]
                assert isinstance(due_on, dt.date)
                overdue |= {row["status"]} if due_on < as_of(period) else set()
    assert overdue > {"reached", "running"}, "nothing is overdue"


def test_the_support_of_the_process_was_decided_with_the_pact_and_is_paid_by_zire() -> None:
    decided = [
        r for r in rows_of("vest__strategie", KREIS, "2022-H1")["vest__measure"] if r["funding_source"] == DECISION
    ]
    assert len(decided) == 2
    assert all("Prozessbegleitung" in str(row["title"]) for row in decided)
    assert {row["funding_basis"] for row in decided} == {"zire"}
    assert {row["funding_source_on"] for row in decided} == {dt.date(2022, 5, 30)}


def test_a_service_that_is_online_stays_online_and_its_maturity_does_not_fall() -> None:
    for said in history("vest__ozg", "vest__ozg_self_report", "leika_key"):
        assert len(said) == len(HALF_YEARS)
        online = [bool(row["online"]) for row in said]
        assert online == sorted(online)
        stages = [(str(row["maturity_model"]), row["maturity"]) for row in said if row["maturity"] is not None]
        assert stages == sorted(stages)


def test_the_services_show_progress_and_a_last_mile() -> None:
    def lacking(period: str) -> list[int]:
        said = [rows_of("vest__ozg", ags, period)["vest__ozg_self_report"] for ags in CITIES]
        return [sum(not of_city[n]["online"] for of_city in said) for n, s in enumerate(SERVICES) if not s.by_kreis]

    first, last = lacking(HALF_YEARS[0]), lacking(HALF_YEARS[-1])
    assert len({service.leika_key for service in SERVICES}) == 40
    assert sum(last) < sum(first) / 2
    assert 0 in last
    assert set(last) & {1, 2}
    assert first != [10] * len(first), "some services were online before the pact"


def test_software_is_shared_both_ways() -> None:
    said = {ags: rows_of("vest__ozg", ags, "2025-H1")["vest__ozg_self_report"] for ags in ADMINISTRATIONS}
    shared = {
        (ags, other, row["leika_key"], row["software_product"])
        for ags, rows in said.items()
        for row in rows
        for other in row["software_shared_with"] or ()  # type: ignore[union-attr]
    }
    assert shared
    assert shared == {(other, ags, key, product) for ags, other, key, product in shared}


def test_nothing_was_checked_before_the_pact_was_decided() -> None:
    checks = [r for said in history("vest__egov_check_bogen", "vest__egov_check", "task") for r in said]
    assert min(str(row["checked_on"]) for row in checks) > DECIDED_ON.isoformat()
    deviations = [row for row in checks if row["result"] != "digital"]
    without = [row for row in deviations if row["legal_provision"] is None]
    assert 0 < len(without) < len(deviations) / 2 < len(checks) / 2


def test_a_smaller_city_has_smaller_figures() -> None:
    def participants(ags: str) -> int:
        trainings = [row for year in YEARS for row in rows_of("vest__kompetenzen", ags, year)["vest__training"]]
        return sum(int(str(row["participants"])) for row in trainings)

    assert participants("05562036") < participants("05562004") < participants("05562032")
