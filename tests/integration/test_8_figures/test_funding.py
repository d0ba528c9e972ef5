"""Figures of the funding marts, added up again in plain Python from the workbooks and lists that they come from."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

from tests.integration.test_8_figures.region import Figures

FOERDERMITTEL = "vest__foerdermittel"
KREIS = "05562000"
Row = dict[str, Any]


def newest(all_marts: Figures, table: str) -> list[Row]:
    """The rows of a table in the newest workbook of each administration; every workbook repeats the whole ledger."""
    rows = all_marts.rows(FOERDERMITTEL, table)
    last: dict[str, str] = {}
    for row in rows:
        last[row["ags"]] = max(row["period"], last.get(row["ags"], ""))
    return [row for row in rows if row["period"] == last[row["ags"]]]


def totals(rows: list[Row], by: tuple[str, ...], *amounts: str) -> dict[tuple[Any, ...], tuple[Decimal, ...]]:
    sums: dict[tuple[Any, ...], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * len(amounts))
    for row in rows:
        of = sums[tuple(row[name] for name in by)]
        sums[tuple(row[name] for name in by)] = [had + row[name] for had, name in zip(of, amounts, strict=True)]
    return {key: tuple(of) for key, of in sums.items()}


def test_an_approval_is_what_its_payments_add_up_to(all_marts: Figures) -> None:
    approvals = newest(all_marts, "vest__approval")
    names = ("cost_eur", "grant_eur", "own_share_eur", "third_party_eur")
    paid = totals(newest(all_marts, "vest__payment"), ("ags", "approval_id"), *names)
    expected = {
        (a["ags"], a["approval_id"]): (
            a["period"],
            *(a[name] for name in ("eligible_cost_eur", "approved_eur", "drawn_eur", "open_eur", "lapsed_eur")),
            *paid.get((a["ags"], a["approval_id"]), (Decimal(0),) * 4),
        )
        for a in approvals
    }
    found = all_marts.query(
        "select ags, approval_id, period, eligible_cost_eur, approved_eur, drawn_eur, open_eur, lapsed_eur, "
        "paid_cost_eur, paid_grant_eur, paid_own_share_eur, paid_third_party_eur from mart_funding_ledger"
    )
    assert expected and {row[:2]: row[2:] for row in found} == expected and len(found) == len(expected)


def test_the_project_that_the_kreis_has_funded_twice_is_flagged_and_nothing_else(all_marts: Figures) -> None:
    asked = {(a["ags"], a["application_id"]): a for a in newest(all_marts, "vest__application")}
    of: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for approval in newest(all_marts, "vest__approval"):
        project = asked[approval["ags"], approval["application_id"]]["project_id"]
        if project:
            of[approval["ags"], project].append(approval)
    twice = {
        (one["ags"], one["approval_id"], (other["approval_id"],), one["approved_eur"] + other["approved_eur"])
        for group in of.values()
        for one in group
        for other in group
        if one is not other and max(one["begins_on"], other["begins_on"]) <= min(one["ends_on"], other["ends_on"])
    }
    found = all_marts.query(
        "select ags, approval_id, double_funded_with, overlapping_grants_eur "
        "from mart_funding_ledger where is_double_funded"
    )
    assert {(ags, approval, tuple(others), grants) for ags, approval, others, grants in found} == twice
    assert [row for row in twice if row[0] == KREIS]


def test_own_shares_are_planned_bound_spent_and_free(all_marts: Figures) -> None:
    names = ("planned_eur", "bound_eur", "spent_eur")
    sums = totals(newest(all_marts, "vest__own_share"), ("ags", "budget_year", "kind"), *names)
    expected = {key: (*of, of[0] - of[1] - of[2]) for key, of in sums.items()}
    found = all_marts.query(
        "select ags, budget_year, kind, sum(planned_eur), sum(bound_eur), sum(spent_eur), sum(free_eur) "
        "from mart_own_share group by all"
    )
    assert expected and {row[:3]: row[3:] for row in found} == expected


def test_what_is_left_of_the_million_of_2023_and_of_every_other_line(all_marts: Figures) -> None:
    lines = newest(all_marts, "vest__budget_line")
    shares = Counter(
        (row["ags"], row["budget_line_id"], row["budget_year"]) for row in newest(all_marts, "vest__own_share")
    )
    expected = {
        (line["ags"], line["budget_line_id"], line["budget_year"]): (
            line["programme"],
            line["planned_eur"],
            line["planned_eur"] - line["bound_eur"] - line["spent_eur"],
            shares[line["ags"], line["budget_line_id"], line["budget_year"]],
        )
        for line in lines
    }
    found = all_marts.query(
        "select ags, budget_line_id, budget_year, programme, planned_eur, free_eur, own_shares from mart_zire"
    )
    assert {row[:3]: row[3:] for row in found} == expected and len(found) == len(expected)
    million = all_marts.query(
        f"select planned_eur from mart_zire "
        f"where ags = '{KREIS}' and programme = 'own_share_pool' and budget_year = 2023"
    )
    assert million == [(Decimal("1000000.00"),)]


def test_success_of_applications_by_source_and_field(all_marts: Figures) -> None:
    calls = {(row["ags"], row["call_id"]): row for row in newest(all_marts, "vest__call")}
    counts: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for row in newest(all_marts, "vest__application"):
        call = calls[row["ags"], row["call_id"]]
        of = counts[call["funding_source"], call["action_field"]]
        of[row["status"]] += 1
        of["submitted ever"] += row["submitted_on"] is not None
        of["cents"] += int(row["grant_requested_eur"] * 100) if row["submitted_on"] else 0
    names = ("submitted ever", "submitted", "approved", "rejected", "withdrawn", "cents")
    found = all_marts.query(
        "select funding_source, action_field, sum(submitted_count), sum(pending_count), sum(approved_count), "
        "sum(rejected_count), sum(withdrawn_count), sum(requested_eur * 100) from mart_funding_call group by all"
    )
    assert len(found) > 5 and {row[:2]: row[2:] for row in found} == {
        key: tuple(of[name] for name in names) for key, of in counts.items()
    }
    rates = all_marts.query("select approved_count, rejected_count, success_pct from mart_funding_call")
    assert any(rate for *_, rate in rates)
    for approved, rejected, rate in rates:
        assert rate == (round(100 * approved / (approved + rejected), 2) if approved + rejected else None)


def erdf(all_marts: Figures) -> list[Row]:
    [path] = all_marts.file("erdf_nrw__project")
    listed: list[Row] = json.loads(path.read_text("utf-8"))
    return listed


def started(row: Row) -> int:
    return dt.datetime.strptime(row["Durchführungs-beginn"], "%d.%m.%Y").year


def test_erdf_projects_by_place_and_category(all_marts: Figures) -> None:
    counts: Counter[tuple[Any, ...]] = Counter()
    euros: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    for row in erdf(all_marts):
        key = (row["Gebietskennziffer"] or "none", row["EU-Interventions-kategorie"], started(row))
        counts[key] += 1
        euros[key] += Decimal(row["bewilligte förderfähige Gesamtinvestition"].removeprefix("€ "))
    found = all_marts.query(
        "select place_key, intervention_code, start_year, project_count, eligible_investment_eur from mart_funding_erdf"
    )
    assert {row[:3]: row[3:] for row in found} == {key: (counts[key], euros[key]) for key in counts}


def test_programmes_of_calls_and_lists_are_kept_apart(all_marts: Figures) -> None:
    calls: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for row in all_marts.rows(FOERDERMITTEL, "vest__call"):
        calls[row["funding_source"], row["programme"]].add((row["ags"], row["call_id"]))
    expected = {("vest__call", *key): len(of) for key, of in calls.items()}
    [path] = all_marts.file("esf_nrw__grant")
    with path.open(encoding="utf-8", newline="") as file:
        years = [int(row["Jahr der Bewilligung"]) for row in csv.DictReader(file)]
    expected["esf_nrw__grant", "esf", "ESF Nordrhein-Westfalen 2007-2013"] = len(years)
    begun = [started(row) for row in erdf(all_marts)]
    expected["erdf_nrw__project", "erdf", "EFRE Nordrhein-Westfalen 2014-2020"] = len(begun)
    found = all_marts.query("select feed, funding_source, programme, records from dim_funding_programme")
    assert {row[:3]: row[3] for row in found} == expected
    lists = all_marts.query(
        "select feed, first_year, last_year, fictitious from dim_funding_programme where not fictitious"
    )
    assert sorted(lists) == [
        ("erdf_nrw__project", min(begun), max(begun), False),
        ("esf_nrw__grant", min(years), max(years), False),
    ]
