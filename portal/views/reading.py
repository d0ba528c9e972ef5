"""Pages that are read: an administration's deliveries, their history, and help."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lakehouse.administrations import ADMINISTRATIONS
from lakehouse.storage import ObjectStore
from portal import declared, history, stores
from portal.declared import Delivery
from portal.history import Entry
from portal.members import Member
from portal.views.access import readable

# on the first page; the history has all
_SHOWN = {"year": 2, "half_year": 3}


@dataclass(frozen=True)
class Period:
    """How far one delivery is for one period.

    Attributes:
        name: such as `2025-H1`.
        due: last day in time.
        state: of the newest upload; missing or overdue if there is none.
        newest: the newest upload.
        counted: the upload whose rows count.
    """

    name: str
    due: dt.date
    state: str
    newest: Entry | None
    counted: Entry | None


def _period(store: ObjectStore, ags: str, delivery: Delivery, name: str) -> Period:
    entries = history.of(store, ags, delivery.id, name)
    due = delivery.due(name)
    missing = "overdue" if timezone.localdate() > due else "missing"
    newest = entries[0] if entries else None
    return Period(name, due, newest.state if newest else missing, newest, history.counted(entries))


@readable
@require_safe
def home(request: HttpRequest, member: Member, ags: str) -> HttpResponse:
    """An administration's deliveries, with the state of the newest periods."""
    store = stores.of(member)
    shown = [
        (one, [_period(store, ags, one, name) for name in one.periods[: _SHOWN[one.inbox.period]]])
        for one in declared.deliveries()
    ]
    values = {"ags": ags, "administration": ADMINISTRATIONS[ags], "deliveries": shown, "own": ags == member.ags}
    return render(request, "portal/home.html", values)


@readable
@require_safe
def feed(request: HttpRequest, member: Member, ags: str, feed: str) -> HttpResponse:
    """Every period of one delivery, with all that was put down for it."""
    delivery = declared.delivery(feed)
    if delivery is None:
        raise Http404
    store = stores.of(member)
    periods = [(name, delivery.due(name), history.of(store, ags, feed, name)) for name in delivery.periods]
    values = {
        "ags": ags,
        "administration": ADMINISTRATIONS[ags],
        "delivery": delivery,
        "periods": periods,
        "own": ags == member.ags,
    }
    return render(request, "portal/feed.html", values)


@require_safe
def administrations(request: HttpRequest) -> HttpResponse:
    """Whose pages the Kreis may open."""
    if not Member.signed_in(request).is_kreis:
        raise Http404
    return render(request, "portal/administrations.html", {"administrations": ADMINISTRATIONS.items()})


@login_not_required
@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """How to fill and deliver, what is refused, whom to ask."""
    return render(
        request, "portal/help.html", {"contact": settings.PORTAL.contact, "store": settings.PORTAL.s3_endpoint}
    )
