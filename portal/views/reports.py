"""Pages that the lakehouse writes about itself: the last run of each suite, and dbt's documentation."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lakehouse import names
from lakehouse.storage import ObjectStore
from portal import stores
from portal.members import Member

# by the first part of a suite's name
_KINDS = {
    "release": ("Auswertungen", "Verglichen mit der letzten Veröffentlichung, bevor sie erscheinen."),
    "delivery": ("Lieferungen als Ganzes", "Umfang und Vollständigkeit dessen, was zuletzt kam."),
    "silver": ("Zeilen der Lieferungen", "Schlüssel, Pflichtangaben und vereinbarte Werte dessen, was zuletzt kam."),
    "reconciliation": ("Quellen untereinander", "Wo zwei Quellen dasselbe angeben, wird beides verglichen."),
}
# The pages bring scripts of their own: these run in an origin that is nobody's, and reach neither this page nor a
# foreign host.
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": (
        "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
        "img-src data:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}


@dataclass(frozen=True)
class _Report:
    """The page on a suite: name of the page, what was checked, and when."""

    page: str
    subject: str
    checked_at: dt.datetime


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """All pages that there are, with the time of the last run."""
    pages = {_name(key): at for key, at in _written(stores.of(Member.signed_in(request))).items()}
    catalogue = _name(names.DBT_PAGE)
    kinds = [
        (title, about, [
            _Report(page, page.removesuffix(".html").removeprefix(f"{kind}."), written)
            for page, written in pages.items()
            if page.startswith(f"{kind}.")
        ])
        for kind, (title, about) in _KINDS.items()
    ]  # fmt: skip
    values = {"catalogue": catalogue, "catalogue_at": pages.get(catalogue), "kinds": kinds}
    return render(request, "portal/reports.html", values)


@require_safe
def report(request: HttpRequest, name: str) -> HttpResponse:
    """One of these pages as it was written; 404 for whatever is not listed."""
    store = stores.of(Member.signed_in(request))
    keys = {_name(key): key for key in _written(store)}
    if name not in keys:
        raise Http404
    return HttpResponse(store.get(names.LAKE, keys[name]), headers=_HEADERS)


def _written(store: ObjectStore) -> dict[str, dt.datetime]:
    """Keys of these pages and when each was written; the cockpits beside them have a view of their own."""
    return store.written(names.LAKE, names.QUALITY_PAGES) | store.written(names.LAKE, names.DBT_PAGE)


def _name(key: str) -> str:
    return key.rpartition("/")[2]
