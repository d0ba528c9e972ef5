"""The cockpit: static pages that the lakehouse made of each release, at an address that stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from lakehouse import names
from lakehouse.administrations import KREIS
from lakehouse.storage import NotFound, ObjectStore
from portal import stores
from portal.members import Member

_TYPES = {"html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "pdf": "application/pdf"}
# pages without scripts, frames and forms, whatever was stored
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def _readable(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view (request, store, …) for who is signed in, or for everybody where the operator opened the cockpit."""

    @login_not_required
    @require_safe
    @wraps(view)
    def checked(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, stores.of(Member.signed_in(request)), **kwargs)
        if not settings.PORTAL.portal_cockpit_open:
            return redirect_to_login(request.get_full_path())
        # nobody has no key; that of the Kreis reads these pages as any other does
        return view(request, stores.of(Member(KREIS, "Cockpit")), **kwargs)

    return checked


@_readable
def current(request: HttpRequest, store: ObjectStore, page: str = "index.html") -> HttpResponse:
    """Leads to a page of the newest cockpit, by its lasting address."""
    try:
        release = json.loads(store.get(names.LAKE, names.COCKPIT_POINTER))["release"]
    except NotFound:
        return render(request, "portal/cockpits.html", {"releases": []})
    return redirect("cockpit_page", release=release, page=page)


@_readable
def page(request: HttpRequest, store: ObjectStore, release: int, page: str = "index.html") -> HttpResponse:
    """One page as it was made; 404 for what the cockpit of the release does not list, and for one half made."""
    try:
        listed = json.loads(store.get(names.LAKE, names.cockpit_key(release, names.COCKPIT_PAGES)))["pages"]
    except NotFound:
        raise Http404 from None
    if page not in listed:
        raise Http404
    body = store.get(names.LAKE, names.cockpit_key(release, page))
    suffix = page.rpartition(".")[2]
    headers = {"Content-Type": _TYPES[suffix], "Content-Security-Policy": _POLICY}
    if suffix == "pdf":
        headers["Content-Disposition"] = f'attachment; filename="smartvest-{release}-{page}"'
    return HttpResponse(body, headers=headers)


@_readable
def listed(request: HttpRequest, store: ObjectStore) -> HttpResponse:
    """The cockpits of all releases, newest first; one that is being made is none yet."""
    folders = [key for key in store.list(names.LAKE, names.COCKPITS, recursive=False) if key.endswith("/")]
    complete = [key for key in folders if store.size(names.LAKE, f"{key}{names.COCKPIT_PAGES}") is not None]
    releases = sorted((int(key.removeprefix(names.COCKPITS).strip("/")) for key in complete), reverse=True)
    return render(request, "portal/cockpits.html", {"releases": releases})
