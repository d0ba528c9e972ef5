"""Pages of what went wrong: in German, and without details."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import requires_csrf_token

from portal.uploads import too_large as too_large_sentence

_AGAIN = "Bitte versuchen Sie es in einigen Minuten noch einmal."


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    return render(request, "portal/error.html", {"title": title, "text": text}, status=status)


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    text = "Ihre Anfrage konnte nicht gelesen werden. Bitte beginnen Sie auf der Startseite noch einmal."
    return _page(request, 400, "Die Anfrage ist nicht lesbar", text)


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return _page(request, 403, "Das ist nicht erlaubt", "Ihr Konto darf diese Seite nicht nutzen.")


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403, where a form is not one of this page's."""
    text = (
        "Das Formular ist abgelaufen oder stammt nicht von dieser Seite. Es wurde nichts gespeichert. "
        "Bitte laden Sie die Seite neu und senden Sie das Formular noch einmal ab; Cookies müssen erlaubt sein."
    )
    return _page(request, 403, "Das Formular ist nicht gültig", text)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, also for what others may see."""
    text = "Diese Seite gibt es nicht, oder sie gehört nicht zu Ihrer Verwaltung."
    return _page(request, 404, "Seite nicht gefunden", text)


def too_large(request: HttpRequest, limit: int) -> HttpResponse:
    """413."""
    sentence = too_large_sentence(limit) if limit else "Das Formular ist zu groß."
    return _page(request, 413, "Die Datei ist zu groß", f"{sentence} Es wurde nichts gespeichert.")


def too_many(request: HttpRequest) -> HttpResponse:
    """429."""
    text = (
        "Ihr Konto hat in dieser Stunde sehr viele Dateien hochgeladen. Diese Datei wurde nicht gespeichert. "
        "Bitte laden Sie sie in der nächsten Stunde noch einmal hoch."
    )
    return _page(request, 429, "Zu viele Dateien", text)


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """429, where somebody guesses passwords."""
    text = (
        "Das Kennwort war mehrmals falsch. Die Anmeldung ist deshalb für 15 Minuten gesperrt. "
        "Danach können Sie es noch einmal versuchen."
    )
    return _page(request, 429, "Die Anmeldung ist gesperrt", text)


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """500."""
    return _page(request, 500, "Da ist etwas schiefgegangen", f"Die Seite konnte nicht erstellt werden. {_AGAIN}")


def unavailable(request: HttpRequest) -> HttpResponse:
    """503."""
    said = "Es wurde nichts gespeichert. " if request.method == "POST" else ""
    text = f"Die Ablage für Lieferungen antwortet gerade nicht. {said}{_AGAIN}"
    return _page(request, 503, "Die Ablage ist nicht erreichbar", text)
