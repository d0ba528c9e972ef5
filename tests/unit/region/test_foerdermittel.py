"""Workbook Fördermittel of the made-up region: by its rows alone the ledger balances to the cent in every year."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from infra.region import rows_of
from infra.region.facts import CITIES, DECIDED_ON, YEARS, Row
from lakehouse.administrations import ADMINISTRATIONS, KREIS
from tests.unit.region.history import histories

FOERDERMITTEL = "vest__foerdermittel"
LEDGERS = [(ags, year) for ags in ADMINISTRATIONS for year in YEARS]


def totals(rows: list[Row], by: tuple[str, ...], amount: str) -> dict[tuple[object, ...], Decimal]:
    sums: Counter[tuple[object, ...]] = Counter()
    for row in rows:
        sums[tuple(row[name] for name in by)] += row[amount]  # type: ignore[assignment, operator]
    return dict(sums)  # type: ignore[arg-type]


@pytest.mark.parametrize(("ags", "year"), LEDGERS)
def test_an_approval_is_the_sum_of_its_payments_and_own_shares(ags: str, year: str) -> None:
    of = rows_of(FOERDERMITTEL, ags, year)
    granted = totals(of["vest__payment"], ("approval_id",), "grant_eur")
    paid_by_themselves = totals(of["vest__payment"], ("approval_id",), "own_share_eur")
    provided = totals(of["vest__own_share"], ("approval_id",), "planned_eur")
    spent = totals(of["vest__own_share"], ("approval_id",), "spent_eur")
    assert of["vest__approval"]
    for approval in of["vest__approval"]:
        key = (approval["approval_id"],)
        assert approval["drawn_eur"] == granted.get(key, 0)
        assert approval["own_share_eur"] == provided[key]
        assert spent[key] == paid_by_themselves.get(key, 0)


def test_no_cent_is_left_over_where_all_of_the_cost_is_paid() -> None:
    paid_up = 0
    for ags in ADMINISTRATIONS:
        of = rows_of(FOERDERMITTEL, ags, YEARS[-1])
        paid = totals(of["vest__payment"], ("approval_id",), "cost_eur")
        for approval in of["vest__approval"]:
            if paid.get((approval["approval_id"],)) == approval["eligible_cost_eur"]:
                paid_up += 1
                assert approval["drawn_eur"] == approval["approved_eur"]
    assert paid_up > 5


@pytest.mark.parametrize(("ags", "year"), LEDGERS)
def test_cost_lies_inside_its_approval_period(ags: str, year: str) -> None:
    of = rows_of(FOERDERMITTEL, ags, year)
    periods = {row["approval_id"]: (row["begins_on"], row["ends_on"]) for row in of["vest__approval"]}
    for payment in of["vest__payment"]:
        first, last = periods[payment["approval_id"]]
        assert first <= payment["performed_on"] <= last  # type: ignore[operator]


@pytest.mark.parametrize(("ags", "year"), LEDGERS)
def test_the_pool_of_a_year_is_bound_and_spent_by_its_own_shares(ags: str, year: str) -> None:
    of = rows_of(FOERDERMITTEL, ags, year)
    pool = [row for row in of["vest__budget_line"] if row["programme"] == "own_share_pool"]
    shares = [row for row in of["vest__own_share"] if row["budget_line_id"]]
    key = ("budget_line_id", "budget_year")
    for amount in ("bound_eur", "spent_eur"):
        used = {line: cents for line, cents in totals(pool, key, amount).items() if cents}
        assert used == {line: cents for line, cents in totals(shares, key, amount).items() if cents}
    planned = totals(pool, key, "planned_eur")
    assert all(planned[line] >= cents for line, cents in totals(shares, key, "planned_eur").items())


@pytest.mark.parametrize(("ags", "year"), LEDGERS)
def test_calls_applications_and_approvals_tell_the_same_story(ags: str, year: str) -> None:
    of = rows_of(FOERDERMITTEL, ags, year)
    applied = {row["call_id"] for row in of["vest__application"] if row["status"] != "in_preparation"}
    assert {row["call_id"] for row in of["vest__call"] if row["decision"] == "apply"} == applied
    approved = {row["application_id"]: row for row in of["vest__application"] if row["status"] == "approved"}
    assert {row["application_id"] for row in of["vest__approval"]} == set(approved)
    rates = {row["call_id"]: row["max_funding_rate_pct"] for row in of["vest__call"]}
    for row in of["vest__approval"]:
        application = approved[row["application_id"]]
        assert row["approved_on"] == application["decided_on"]
        assert row["approved_eur"] <= application["grant_requested_eur"]  # type: ignore[operator]
        assert row["funding_rate_pct"] <= rates[application["call_id"]]  # type: ignore[operator]


def test_one_million_of_own_shares_in_2023_is_the_pact_s() -> None:
    for year in YEARS[1:]:
        lines = rows_of(FOERDERMITTEL, KREIS, year)["vest__budget_line"]
        (line,) = [r for r in lines if r["programme"] == "own_share_pool" and r["budget_year"] == 2023]
        assert line["planned_eur"] == Decimal("1000000.00")
        assert f"{DECIDED_ON:%d.%m.%Y}" in str(line["basis"])
    assert Decimal(0) < line["spent_eur"] < Decimal("1000000.00")  # type: ignore[operator]


def test_the_kreis_pays_the_support_of_the_process_out_of_zire() -> None:
    lines = rows_of(FOERDERMITTEL, KREIS, "2022")["vest__budget_line"]
    assert sum("Prozessbegleitung" in str(row["purpose"]) for row in lines if row["programme"] == "zire") == 2
    of_cities = [r for city in CITIES for r in rows_of(FOERDERMITTEL, city, "2026")["vest__budget_line"]]
    assert "zire" not in {row["programme"] for row in of_cities}


def test_the_past_of_the_ledger_does_not_change() -> None:
    for table, key in (("vest__payment", "payment_id"), ("vest__own_share", "own_share_id")):
        for said in histories(FOERDERMITTEL, table, key):
            assert len({row["approval_id"] for row in said}) == 1
    for said in histories(FOERDERMITTEL, "vest__payment", "payment_id"):
        assert all(row == said[0] for row in said)
    for said in histories(FOERDERMITTEL, "vest__approval", "approval_id"):
        drawn = [row["drawn_eur"] for row in said]
        assert drawn == sorted(drawn)  # type: ignore[type-var]
        assert len({(row["approved_eur"], row["begins_on"], row["ends_on"]) for row in said}) == 1


def test_every_outcome_and_every_end_of_an_approval_is_there() -> None:
    of = [rows_of(FOERDERMITTEL, ags, year) for ags, year in LEDGERS]
    told = {row["status"] for rows in of for row in rows["vest__application"]}
    assert told == {"in_preparation", "submitted", "approved", "rejected", "withdrawn"}
    ends = {row["status"] for rows in of for row in rows["vest__approval"]}
    assert ends == {"running", "proof_pending", "closed"}
    assert any(row["lapsed_eur"] for rows in of for row in rows["vest__approval"])
    assert {"esf", "erdf"} <= {row["funding_source"] for row in of[-1]["vest__call"]}


def test_the_kreis_has_one_project_that_is_funded_twice() -> None:
    of = rows_of(FOERDERMITTEL, KREIS, "2024")
    projects = Counter(row["project_id"] for row in of["vest__application"] if row["status"] == "approved")
    assert [name for name, count in projects.items() if name and count > 1] == ["PR-3"]


def test_a_smaller_city_has_smaller_figures() -> None:
    def approved(ags: str) -> Decimal:
        rows = rows_of(FOERDERMITTEL, ags, "2026")["vest__approval"]
        return sum((Decimal(str(row["approved_eur"])) for row in rows), Decimal(0))

    assert approved("05562036") < approved("05562004") < approved(KREIS)
