"""Rules of the workbooks: each finds what breaks it.

A good row of the made-up region is changed by so little that one rule speaks up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from infra.region import ENTITIES, rows_of
from infra.region.facts import Row, Value, as_of, periods
from lakehouse.administrations import ADMINISTRATIONS
from lakehouse.settings import CHECKOUT
from lakehouse.spec.discovery import load_delivery
from lakehouse.spec.inbox import Inbox
from tests.unit.region import broken
from tests.unit.region.reading import problems

TABLES = {delivery: load_delivery(CHECKOUT / "sources", delivery) for delivery in ENTITIES}
LONG_AGO, CENT = dt.date(2015, 1, 1), Decimal("0.01")
# table: the column to be mended, which row is taken, what is changed in it
SPOILT: dict[str, list[tuple[str, Callable[[Row], object], Row]]] = {
    "lorawan__device": [
        ("retired_on", lambda r: r["commissioned_on"], {"retired_on": LONG_AGO}),
        ("latitude", lambda r: not r["private_place"], {"longitude": None}),
        ("latitude", lambda r: not r["private_place"], {"latitude": None}),
    ],
    "lorawan__device_quantity": [("maximum", lambda r: r["max_step"], {"maximum": Decimal("-99.0000")})],
    "vest__body": [
        ("involved_since", lambda r: r["founded_on"], {"involved_since": LONG_AGO, "founded_on": dt.date(2016, 1, 1)}),
        ("ended_on", lambda r: not r["ended_on"], {"ended_on": LONG_AGO}),
    ],
    "vest__role": [
        ("action_field", lambda r: r["role"] == "cdo", {"action_field": "smart_mobility"}),
        ("action_field", lambda r: r["role"] == "cdo", {"role": "action_field_lead"}),
        ("named_on", lambda r: r["status"] != "vacant", {"named_on": None}),
    ],
    "vest__position": [
        ("limited_until", lambda r: r["permanent"], {"permanent": False}),
        ("limited_until", lambda r: r["permanent"], {"limited_until": dt.date(2030, 1, 1)}),
        ("filled_fte", lambda r: not r["vacant_since"], {"filled_fte": Decimal("1.01")}),
        ("vacant_since", lambda r: not r["vacant_since"], {"vacant_since": LONG_AGO}),
        ("vacant_since", lambda r: not r["vacant_since"], {"filled_fte": Decimal("0.25")}),
    ],
    "vest__project": [
        ("ends_on", lambda r: r["begins_on"], {"ends_on": LONG_AGO}),
        ("decision", lambda r: r["status"] == "running", {"decision": "deferred"}),
        ("decided_by", lambda r: r["status"] == "in_preparation", {"decided_by": "committee", "decided_on": LONG_AGO}),
        ("decided_by", lambda r: r["decided_by"], {"decided_by": None, "decided_on": None}),
        ("decided_on", lambda r: r["decided_by"], {"decided_on": None}),
        ("status_note", lambda r: r["status"] == "stopped", {"status_note": None}),
        ("climate_reason", lambda r: r["climate_note"] == "none", {"climate_note": "negative"}),
    ],
    "vest__lighthouse": [
        ("contacted_on", lambda r: r["contacted_on"], {"contacted_on": LONG_AGO}),
        ("assessed_on", lambda r: r["assessed_on"] and not r["adopted_on"], {"assessed_on": LONG_AGO}),
        ("assessed_on", lambda r: r["recommendation"] == "observe", {"recommendation": "not_assessed"}),
        *(
            (f"{name}_points", lambda r: r["assessed_on"], {f"{name}_points": None})
            for name in ("effect", "organisation", "technology", "resources", "law")
        ),
        ("reason", lambda r: r["recommendation"] == "do_not_transfer", {"reason": None}),
        ("adopters", lambda r: r["adopters"], {"recommendation": "observe"}),
        ("adopted_on", lambda r: r["adopters"], {"adopted_on": None}),
        ("adopted_on", lambda r: r["adopters"], {"adopted_on": LONG_AGO}),
    ],
    "vest__trend": [
        ("reviewed_on", lambda r: r["handling"] == "observe", {"reviewed_on": LONG_AGO}),
        ("next_review_on", lambda r: r["handling"] == "observe", {"next_review_on": LONG_AGO}),
        ("next_review_on", lambda r: r["handling"] == "observe", {"next_review_on": None}),
        ("conclusion", lambda r: r["handling"] == "drop", {"conclusion": None}),
    ],
    "vest__participation": [
        ("begins_on", lambda r: r["ends_on"], {"begins_on": LONG_AGO}),
        ("ends_on", lambda r: r["ends_on"], {"ends_on": LONG_AGO}),
        ("concern_status", lambda r: r["concern_status"] == "under_review", {"concern_status": None}),
        ("outcome", lambda r: r["concern_status"] == "taken_up", {"outcome": None}),
        ("feedback_on", lambda r: r["feedback_on"], {"feedback_on": LONG_AGO}),
    ],
    "vest__communication": [
        ("published_on", lambda r: r["published_on"], {"published_on": LONG_AGO}),
        ("reach_measure", lambda r: r["reach"], {"reach_measure": None}),
    ],
    "vest__call": [
        ("closes_on", lambda r: r["closes_on"], {"closes_on": LONG_AGO}),
        ("reason", lambda r: r["decision"] == "apply", {"decision": "not_pursued"}),
    ],
    "vest__application": [
        ("cost_eur", lambda r: True, {"cost_eur": CENT}),
        ("submitted_on", lambda r: r["status"] == "submitted", {"submitted_on": None}),
        ("decided_on", lambda r: r["status"] == "approved", {"decided_on": None}),
        ("decided_on", lambda r: r["status"] == "approved", {"decided_on": LONG_AGO}),
        ("rejection_reason", lambda r: r["status"] == "rejected", {"rejection_reason": None}),
        ("climate_reason", lambda r: r["climate_note"] == "none", {"climate_note": "positive"}),
    ],
    "vest__approval": [
        ("ends_on", lambda r: True, {"ends_on": dt.date(2021, 1, 1)}),
        ("purpose_bound_until", lambda r: True, {"purpose_bound_until": LONG_AGO}),
        ("proof_due_on", lambda r: True, {"proof_due_on": LONG_AGO}),
        ("eligible_cost_eur", lambda r: True, {"own_share_eur": CENT}),
        ("approved_eur", lambda r: True, {"funding_rate_pct": Decimal("35.00")}),
        ("open_eur", lambda r: r["status"] == "running", {"lapsed_eur": CENT}),
        ("open_eur", lambda r: r["status"] == "running", {"status": "revoked"}),
        ("proof_submitted_on", lambda r: r["status"] == "closed", {"proof_submitted_on": None}),
    ],
    "vest__payment": [
        ("paid_on", lambda r: True, {"paid_on": LONG_AGO}),
        ("cost_eur", lambda r: True, {"third_party_eur": Decimal("9999.99")}),
    ],
    "vest__own_share": [("planned_eur", lambda r: r["planned_eur"] == r["spent_eur"], {"bound_eur": CENT})],
    "vest__budget_line": [("planned_eur", lambda r: True, {"spent_eur": Decimal("99999999.99")})],
}  # fmt: skip
CASES = [(table, *case) for table, cases in (SPOILT | broken.SPOILT).items() for case in cases]


def found(table: str, wanted: Callable[[Row], object], change: Row) -> list[tuple[str, str]]:
    """Column and reason of all problems of the first delivery that has a wanted row, after it was changed."""
    (delivery,) = (name for name, tables in TABLES.items() if table in {source.id for source in tables})
    fetch = TABLES[delivery][0].fetch
    assert isinstance(fetch, Inbox)
    for period in periods(fetch.period):
        for ags in ADMINISTRATIONS:
            rows = rows_of(delivery, ags, period)
            row = next((row for row in rows[table] if wanted(row)), None)
            if row is not None:
                row.update(change)
                return [(p.column, p.reason) for p in problems(TABLES[delivery], rows, ags, period, as_of(period))]
    raise AssertionError("the region has no such row")


@pytest.mark.parametrize(("table", "column", "wanted", "change"), CASES, ids=[f"{c[0]}.{c[1]}" for c in CASES])
def test_a_rule_names_the_column_to_be_mended(
    table: str, column: str, wanted: Callable[[Row], object], change: dict[str, Value]
) -> None:
    assert column in {name for name, _ in found(table, wanted, change)}


def test_every_rule_is_broken_by_one_of_the_cases() -> None:
    broken = {(table, *problem) for table, _, wanted, change in CASES for problem in found(table, wanted, change)}
    rules = {(t.id, rule.column, rule.reason) for tables in TABLES.values() for t in tables for rule in t.rules}
    assert rules - broken == set()
    assert len(rules) > 75
