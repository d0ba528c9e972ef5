"""Whose pages somebody may see."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from portal.members import Member

View = Callable[..., HttpResponse]


def readable(view: View) -> View:
    """A view (request, member, ags, …) of an administration's pages: for its members and the Kreis, else 404."""

    @wraps(view)
    def checked(request: HttpRequest, ags: str, **kwargs: Any) -> HttpResponse:
        member = Member.signed_in(request)
        if not member.may_read(ags):
            raise Http404
        return view(request, member, ags, **kwargs)

    return checked


def own(view: View) -> View:
    """A view (request, member, …) that delivers: nobody does so for another administration."""

    @wraps(view)
    def checked(request: HttpRequest, ags: str, **kwargs: Any) -> HttpResponse:
        member = Member.signed_in(request)
        if member.ags != ags:
            raise Http404
        return view(request, member, **kwargs)

    return checked
