"""Workbook Fördermittel of the made-up region: from calls to payments, balanced to the cent at the end of every year.

A ledger's past never changes, so all of it is drawn once for each administration and shown as it stood on a day.
"""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

from infra.region.facts import CITIES, Row, as_of, lot
from infra.region.funding import CALLS, Application, Approval, Call, Payment, applications
from infra.region.own_shares import PACT, POOL, Line, Share, lines, shares
from lakehouse.administrations import KREIS

_NOT_PURSUED = (
    "Der Eigenanteil ist im Haushalt nicht darstellbar.",
    "Für die Antragstellung fehlt bis zur Frist das Personal.",
    "Der Zuschnitt des Aufrufs passt nicht zu den Zielen der Stadt.",
)
_REJECTED = (
    "Das Programm war überzeichnet.",
    "Der überörtliche Nutzen war aus Sicht der Jury nicht ausreichend belegt.",
    "Die Folgekosten waren nicht gesichert.",
)


def euros(cents: int) -> Decimal:
    """An amount as silver holds it."""
    return Decimal(cents).scaleb(-2)


def rows(random: random.Random, ags: str, period: str) -> dict[str, list[Row]]:
    """The whole ledger of an administration at the end of a year; `random` is not asked, as said above."""
    day = as_of(period)
    made = [application for application in applications(ags) if application.call.published_on <= day]
    approvals = [(a.call, a.approval) for a in made if a.approval and a.decided_on <= day]
    return {
        "vest__call": [_call(ags, call, day) for call in CALLS if call.published_on <= day],
        "vest__application": [_application(ags, application, day) for application in made],
        "vest__approval": [_approval(call, approval, day) for call, approval in approvals],
        "vest__payment": [_payment(approval, paid) for _, approval in approvals for paid in approval.paid(day)],
        "vest__own_share": [_own_share(ags, share) for _, a in approvals for share in shares(ags, a, day)],
        "vest__budget_line": [_budget_line(ags, line) for line in lines(ags, day)],
    }


def _call(ags: str, call: Call, day: dt.date) -> Row:
    applied = next((made for made in applications(ags) if made.call is call), None)
    decided = day >= (applied.submitted_on if applied else call.closes_on or call.published_on + dt.timedelta(days=90))
    dropped = decided and applied is None
    return {
        "call_id": f"FA-{call.number}",
        "title": call.title,
        "programme": call.programme,
        "funding_source": call.source,
        "action_field": call.field,
        "published_on": call.published_on,
        "closes_on": call.closes_on,
        "max_funding_rate_pct": Decimal(call.rate).quantize(Decimal("0.01")),
        "max_grant_eur": Decimal(call.euros * 3).quantize(Decimal("0.01")),
        "decision": "not_pursued" if dropped else "apply" if decided else "in_review",
        "reason": lot("not pursued", ags, call.number).choice(_NOT_PURSUED) if dropped else None,
        "url": f"https://foerderung.example/aufruf/{call.number}",
    }


def _application(ags: str, application: Application, day: dt.date) -> Row:
    call, drawn = application.call, lot("told", ags, application.call.number)
    status = "in_preparation" if day < application.submitted_on else "submitted"
    if day >= application.decided_on:
        status = application.outcome
    reasons = {
        "rejected": drawn.choice(_REJECTED),
        "withdrawn": "Das Vorhaben wird ohne Förderung weiter verfolgt.",
    }
    partners = sorted(drawn.sample([city for city in CITIES if city != ags], 2))
    return {
        "application_id": f"AN-{call.number}",
        "call_id": f"FA-{call.number}",
        "title": call.wanted,
        "project_id": f"PR-{call.project}" if call.project and ags == KREIS else None,
        "measure": None,
        "action_field": call.field,
        "lead_function": "CDO des Kreises" if ags == KREIS else "CDO der Stadt",
        "participating_ags": list(CITIES) if ags == KREIS else partners if drawn.random() < 0.4 else None,
        "status": status,
        "submitted_on": None if status == "in_preparation" else application.submitted_on,
        "decided_on": application.decided_on if status in ("approved", "rejected") else None,
        "rejection_reason": reasons.get(status),
        "cost_eur": euros(application.cost),
        "grant_requested_eur": euros(application.grant),
        "own_share_eur": euros(application.own),
        "third_party_eur": euros(application.third),
        "climate_note": call.climate[0],
        "climate_reason": call.climate[1],
        "decision_paper": None
        if status == "in_preparation"
        else f"{application.submitted_on.year}/{call.number * 13:03}",
    }


def _approval(call: Call, approval: Approval, day: dt.date) -> Row:
    drawn = sum(payment.grant for payment in approval.paid(day))
    left = approval.approved - drawn
    closed = day >= approval.proof_on
    tangible = call.number in (5, 6, 7, 8)
    return {
        "approval_id": f"BW-{approval.number}",
        "application_id": f"AN-{call.number}",
        "approved_on": approval.approved_on,
        "begins_on": approval.begins_on,
        "ends_on": approval.ends_on,
        "purpose_bound_until": approval.ends_on + dt.timedelta(days=5 * 365) if tangible else None,
        "proof_due_on": approval.ends_on + dt.timedelta(days=181),
        "proof_submitted_on": approval.proof_on if closed else None,
        "funding_rate_pct": Decimal(approval.rate).quantize(Decimal("0.01")),
        "eligible_cost_eur": euros(approval.eligible),
        "approved_eur": euros(approval.approved),
        "own_share_eur": euros(approval.own),
        "third_party_eur": euros(approval.third),
        "drawn_eur": euros(drawn),
        "open_eur": euros(0 if closed else left),
        "lapsed_eur": euros(left if closed else 0),
        "status": "closed" if closed else "running" if day <= approval.ends_on else "proof_pending",
    }


def _payment(approval: Approval, payment: Payment) -> Row:
    return {
        "payment_id": f"Z-{payment.number}",
        "approval_id": f"BW-{approval.number}",
        "purpose": payment.purpose,
        "cost_type": payment.cost_type,
        "performed_on": payment.performed_on,
        "paid_on": payment.paid_on,
        "cost_eur": euros(payment.cost),
        "grant_eur": euros(payment.grant),
        "own_share_eur": euros(payment.own),
        "third_party_eur": euros(payment.third),
    }


def _own_share(ags: str, share: Share) -> Row:
    return {
        "own_share_id": f"E-{share.number}",
        "approval_id": f"BW-{share.approval}",
        "budget_year": share.year,
        "budget_line_id": f"H-{share.line}" if share.line else None,
        "kind": share.kind,
        "planned_eur": euros(share.planned),
        "bound_eur": euros(share.bound),
        "spent_eur": euros(share.spent),
        "basis": PACT if share.line and ags == KREIS else None,
    }


def _budget_line(ags: str, line: Line) -> Row:
    return {
        "budget_line_id": f"H-{line.number}",
        "budget_year": line.year,
        "programme": line.programme,
        "purpose": line.purpose,
        "action_field": None,
        "planned_eur": euros(line.planned),
        "bound_eur": euros(line.bound),
        "spent_eur": euros(line.spent),
        "basis": PACT if ags == KREIS and (line.programme == "zire" or line.number == POOL) else None,
    }
