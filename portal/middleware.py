"""What holds for every page: its headers, how long a session lasts, how much is read, and a store that is away."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import httpx
import urllib3
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from minio.error import MinioException

from lakehouse.errors import LakehouseError
from portal import declared
from portal.views import errors

_log = logging.getLogger(__name__)

Next = Callable[[HttpRequest], HttpResponse]
SIGNED_IN_AT = "signed_in_at"
# all of a form but its file
FORM_BYTES = 64 * 1024


def headers(get_response: Next) -> Next:
    """Pages stay in no cache, and use nothing of the device."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        if not request.path.startswith(settings.STATIC_URL):
            response["Cache-Control"] = "no-store"
        return response

    return answer


def session_ends(get_response: Next) -> Next:
    """Signs out who signed in too long ago, however busy."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            since = request.session.setdefault(SIGNED_IN_AT, time.time())
            if time.time() - since > settings.LONGEST.total_seconds():
                logout(request)
        return get_response(request)

    return answer


class BodyLimit:
    """Refuses what is too large before any of it is read: the check of the form's token would read all of it."""

    def __init__(self, get_response: Next) -> None:
        """Keeps the next layer."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Hands on."""
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """A page that says what the limit is, or None."""
        delivery = declared.delivery(kwargs["feed"]) if request.method == "POST" and "feed" in kwargs else None
        limit = delivery.inbox.max_bytes if delivery else 0
        if int(request.META.get("CONTENT_LENGTH") or 0) <= limit + FORM_BYTES:
            return None
        return errors.too_large(request, limit)


class StoreDoesNotAnswer:
    """Says so, instead of pretending anything."""

    def __init__(self, get_response: Next) -> None:
        """Keeps the next layer."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Hands on."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page for it, if the error is one of the store or of its keys."""
        if not isinstance(error, httpx.HTTPError | urllib3.exceptions.HTTPError | MinioException | LakehouseError):
            return None
        # an address of the store may hold a signature
        _log.error("the store did not do what %s asked: %s", request.method, type(error).__name__)
        return errors.unavailable(request)
