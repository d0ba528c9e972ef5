"""Random ledgers as silver holds the funding workbook: most balance to the cent, some are broken in one known way."""

from __future__ import annotations

import datetime as dt
import json
from decimal import ROUND_DOWN, Decimal
from random import Random
from typing import Any

Row = dict[str, Any]
Ledger = dict[str, list[Row]]

DAY = dt.timedelta(days=1)
# every column of a staging model, with the type that silver gives it
TYPES = {
    "vest__call": "call_id string, title string, programme string, funding_source string, action_field string, "
    "published_on date, closes_on date, max_funding_rate_pct decimal(5,2), max_grant_eur decimal(14,2), "
    "decision string, reason string, url string",
    "vest__application": "application_id string, call_id string, title string, project_id string, measure string, "
    "action_field string, lead_function string, participating_ags string, status string, submitted_on date, "
    "decided_on date, rejection_reason string, cost_eur decimal(14,2), grant_requested_eur decimal(14,2), "
    "own_share_eur decimal(14,2), third_party_eur decimal(14,2), climate_note string, climate_reason string, "
    "decision_paper string",
    "vest__approval": "approval_id string, application_id string, approved_on date, begins_on date, ends_on date, "
    "purpose_bound_until date, proof_due_on date, proof_submitted_on date, funding_rate_pct decimal(5,2), "
    "eligible_cost_eur decimal(14,2), approved_eur decimal(14,2), own_share_eur decimal(14,2), "
    "third_party_eur decimal(14,2), drawn_eur decimal(14,2), open_eur decimal(14,2), lapsed_eur decimal(14,2), "
    "status string",
    "vest__payment": "payment_id string, approval_id string, performed_on date, cost_eur decimal(14,2), "
    "grant_eur decimal(14,2), own_share_eur decimal(14,2), third_party_eur decimal(14,2)",
    "vest__own_share": "own_share_id string, approval_id string, budget_year int, budget_line_id string, kind string, "
    "planned_eur decimal(14,2), bound_eur decimal(14,2), spent_eur decimal(14,2), basis string",
    "vest__budget_line": "budget_line_id string, budget_year int, programme string, purpose string, "
    "action_field string, planned_eur decimal(14,2), bound_eur decimal(14,2), spent_eur decimal(14,2), basis string",
}
YEARS = range(2022, 2026)


def euros(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def drawn_ledger(drawn: Random) -> Ledger:
    """A whole ledger, without `ags` and `period`; every second one has one fault."""
    of: Ledger = {table: [] for table in TYPES}
    of["vest__call"] = [_call(drawn, number) for number in range(drawn.randint(1, 3))]
    of["vest__application"] = [_application(drawn, number, of) for number in range(drawn.randint(0, 5))]
    for asked in of["vest__application"]:
        if asked["status"] == "approved":
            # a second approval of one application is rare and counts it no second time
            for _ in range(drawn.choice((1, 1, 1, 2))):
                _approve(drawn, asked, of)
    _plan(drawn, of)
    if drawn.random() < 0.5:
        drawn.choice((_miss_a_cent, _miss_a_cent, _pay_outside, _grant_too_much, _touch))(drawn, of)
    return of


def _call(drawn: Random, number: int) -> Row:
    published = dt.date(2022, 1, 1) + drawn.randint(0, 400) * DAY
    return {
        "call_id": f"FA-{number}",
        "title": "Aufruf",
        "programme": drawn.choice(("Eins", "Zwei")),
        "funding_source": drawn.choice(("esf", "erdf", "federal")),
        "action_field": drawn.choice((None, "smart_mobility")),
        "published_on": published,
        "closes_on": drawn.choice((None, published + 90 * DAY, dt.date(2024, 12, 30), dt.date(2024, 12, 31))),
        "max_funding_rate_pct": None,
        "max_grant_eur": None,
        "decision": "not_pursued",
        "reason": "Kein Eigenanteil.",
        "url": None,
    }


def _application(drawn: Random, number: int, of: Ledger) -> Row:
    status = drawn.choice(("in_preparation", "submitted", "withdrawn", "rejected", *["approved"] * 4))
    submitted = status not in ("in_preparation", "withdrawn") or status == "withdrawn" and drawn.random() < 0.5
    cost = drawn.randint(100, 9_999_999)
    return {
        "application_id": f"AN-{number}",
        "call_id": drawn.choice(of["vest__call"])["call_id"],
        "title": f"Vorhaben {number}",
        "project_id": drawn.choice((None, None, "PR-1", "PR-2")),
        "measure": drawn.choice((None, None, None, "M-1")),
        "action_field": None,
        "lead_function": "CDO",
        "participating_ags": drawn.choice((None, json.dumps(["05562024", "05562012"]))),
        "status": status,
        "submitted_on": dt.date(2022, 6, 1) if submitted else None,
        "cost_eur": euros(cost),
        "grant_requested_eur": euros(cost // 2),
        "own_share_eur": euros(cost - cost // 2),
        "third_party_eur": euros(0),
        "climate_note": "none",
    }


def _approve(drawn: Random, asked: Row, of: Ledger) -> None:
    number = len(of["vest__approval"])
    begins = dt.date(2022, 1, 1) + drawn.randint(0, 800) * DAY
    ends = begins + drawn.randint(20, 700) * DAY
    rate = drawn.choice((50, 65, 80, 100))
    eligible = drawn.randint(10_000, 9_999_999)
    approved, third = eligible * rate // 100, drawn.choice((0, 0, eligible * (100 - rate) // 300))
    payments = _pay(drawn, number, (begins, ends), eligible, approved, third)
    granted = sum((payment["grant_eur"] for payment in payments), Decimal(0))
    status = drawn.choice(("running", "proof_pending", "closed", "revoked"))
    left = euros(approved) - granted
    lapsed = left if status in ("closed", "revoked") else euros(drawn.randint(0, int(left * 100)))
    due = drawn.choice((None, ends + 180 * DAY, dt.date(2024, 12, 30), dt.date(2024, 12, 31)))
    of["vest__approval"].append(
        {
            "approval_id": f"BW-{number}",
            "application_id": asked["application_id"],
            "approved_on": begins - 20 * DAY,
            "begins_on": begins,
            "ends_on": ends,
            "purpose_bound_until": drawn.choice((None, ends, dt.date(2024, 12, 30), dt.date(2024, 12, 31))),
            "proof_due_on": due,
            "proof_submitted_on": drawn.choice((None, dt.date(2024, 12, 31), dt.date(2025, 1, 1))),
            "funding_rate_pct": Decimal(rate),
            "eligible_cost_eur": euros(eligible),
            "approved_eur": euros(approved),
            "own_share_eur": euros(eligible - approved - third),
            "third_party_eur": euros(third),
            "drawn_eur": granted,
            "open_eur": left - lapsed,
            "lapsed_eur": lapsed,
            "status": status,
        }
    )
    of["vest__payment"] += payments
    _provide(drawn, of["vest__approval"][-1], payments, of)


def _pay(
    drawn: Random, number: int, period: tuple[dt.date, dt.date], eligible: int, approved: int, third: int
) -> list[Row]:
    count = drawn.randint(0, 4)
    cuts = sorted(drawn.randint(0, eligible) for _ in range(count))
    if cuts and drawn.random() < 0.4:
        cuts[-1] = eligible
    payments, before = [], 0
    for part, until in enumerate(cuts):
        grant = until * approved // eligible - before * approved // eligible
        given = until * third // eligible - before * third // eligible
        payments.append(
            {
                "payment_id": f"Z-{number}{part}",
                "approval_id": f"BW-{number}",
                "performed_on": drawn.choice((*period, period[0] + drawn.randint(1, 19) * DAY)),
                "cost_eur": euros(until - before),
                "grant_eur": euros(grant),
                "own_share_eur": euros(until - before - grant - given),
                "third_party_eur": euros(given),
            }
        )
        before = until
    return payments


def _provide(drawn: Random, approval: Row, payments: list[Row], of: Ledger) -> None:
    """Own shares: planned they are what the approval provides for, spent what its payments took."""
    planned = approval["own_share_eur"]
    spent = sum((payment["own_share_eur"] for payment in payments), Decimal(0))
    first = euros(drawn.randint(0, int(planned * 100)))
    for part in (first, planned - first):
        gone = min(part, spent)
        spent -= gone
        kind = drawn.choice(("money", "money", "staff"))
        of["vest__own_share"].append(
            {
                "own_share_id": f"E-{len(of['vest__own_share'])}",
                "approval_id": approval["approval_id"],
                "budget_year": drawn.choice(YEARS),
                "budget_line_id": drawn.choice(("H-1", "H-2")) if kind == "money" else None,
                "kind": kind,
                "planned_eur": part,
                "bound_eur": euros(drawn.randint(0, int((part - gone) * 100))),
                "spent_eur": gone,
            }
        )


def _plan(drawn: Random, of: Ledger) -> None:
    """Budget lines: H-1 is the pool and used by own shares only, H-2 also by other things, H-3 by those alone."""
    for line, programme in (("H-1", "own_share_pool"), ("H-2", "zire"), ("H-3", "digital_budget")):
        for year in YEARS:
            out_of_it = [s for s in of["vest__own_share"] if (s["budget_line_id"], s["budget_year"]) == (line, year)]
            more = euros(0 if line == "H-1" else drawn.randint(0, 9999))
            bound = sum((share["bound_eur"] for share in out_of_it), more)
            spent = sum((share["spent_eur"] for share in out_of_it), more)
            of["vest__budget_line"].append(
                {
                    "budget_line_id": line,
                    "budget_year": year,
                    "programme": programme,
                    "purpose": "Zweck",
                    "planned_eur": bound + spent + euros(drawn.choice((0, drawn.randint(0, 99_999)))),
                    "bound_eur": bound,
                    "spent_eur": spent,
                }
            )


def _miss_a_cent(drawn: Random, of: Ledger) -> None:
    filled = [table for table in ("vest__approval", "vest__payment", "vest__own_share") if of[table]]
    row = drawn.choice(of[drawn.choice((*filled, "vest__budget_line"))])
    name = drawn.choice([name for name in row if name.endswith("_eur")])
    row[name] += Decimal("0.01")


def _pay_outside(drawn: Random, of: Ledger) -> None:
    for payment in of["vest__payment"][:1]:
        [approval] = [a for a in of["vest__approval"] if a["approval_id"] == payment["approval_id"]]
        payment["performed_on"] = drawn.choice((approval["begins_on"] - DAY, approval["ends_on"] + DAY))


def _grant_too_much(drawn: Random, of: Ledger) -> None:
    """By one euro, which is let pass, or by a cent more; of what is approved, or of what is drawn."""
    more = drawn.choice((Decimal("1.00"), Decimal("1.01")))
    row = drawn.choice(of["vest__approval"] or [{}])
    if drawn.random() < 0.5 and row:
        allowed = row["eligible_cost_eur"] * row["funding_rate_pct"] / 100
        row["approved_eur"] = allowed.quantize(Decimal("0.01"), ROUND_DOWN) + more
    elif paid := [p for p in of["vest__payment"] if p["approval_id"] == row.get("approval_id")]:
        paid[0]["grant_eur"] += more


def _touch(drawn: Random, of: Ledger) -> None:
    """Two approvals for one project whose periods share one day, or just none."""
    if len(of["vest__approval"]) > 1:
        one, other = drawn.sample(of["vest__approval"], 2)
        for asked in of["vest__application"]:
            if asked["application_id"] in (one["application_id"], other["application_id"]):
                asked["project_id"] = "PR-9"
        length = other["ends_on"] - other["begins_on"]
        other["begins_on"] = one["ends_on"] + drawn.choice((0, 1)) * DAY
        other["ends_on"] = other["begins_on"] + length
