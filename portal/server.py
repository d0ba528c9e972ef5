"""The web server: waitress, with its own refusals in German."""

from __future__ import annotations

from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import create_server
from waitress.utilities import Error

from portal.config import PortalSettings
from portal.declared import deliveries
from portal.middleware import FORM_BYTES

_PAGE = """<!doctype html><html lang="de"><head><meta charset="utf-8"><title>{title}</title></head>
<body><main><h1>{title}</h1><p>{text}</p><p><a href="/">Zur Startseite</a></p></main></body></html>"""
_TEXTS = {
    413: ("Die Datei ist zu groß", "Die Datei ist viel zu groß. Es wurde nichts gespeichert."),
    400: ("Die Anfrage ist nicht lesbar", "Bitte beginnen Sie auf der Startseite noch einmal."),
}
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class _German(Error):  # type: ignore[misc]
    """An error that tells nothing of the server."""

    def __init__(self, error: Error) -> None:
        super().__init__("")
        self.code, self.reason = error.code, error.reason

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        """Status line, headers and page."""
        title, text = _TEXTS.get(self.code, _TEXTS[400])
        return f"{self.code} {self.reason}", list(_HEADERS.items()), _PAGE.format(title=title, text=text).encode()


class _Parser(HTTPRequestParser):  # type: ignore[misc]
    error: Error | None

    def received(self, data: bytes) -> int:
        consumed: int = super().received(data)
        if self.error is not None and not isinstance(self.error, _German):
            self.error = _German(self.error)
        return consumed


class _Channel(HTTPChannel):  # type: ignore[misc]
    parser_class = _Parser


def make(settings: PortalSettings, application: Any) -> Any:
    """A server that listens; `run()` serves until it is stopped.

    What is a little too large is read, onto disk, so that browsers show the page which says so; from four times the
    largest delivery on nothing is read.
    """
    largest = max((one.inbox.max_bytes for one in deliveries()), default=0) * 4 + FORM_BYTES
    proxy = {}
    if settings.portal_proxy:
        trusted = {"x-forwarded-for", "x-forwarded-proto"}
        proxy = {"trusted_proxy": settings.portal_proxy, "trusted_proxy_headers": trusted}
    server = create_server(
        application,
        host=settings.portal_host,
        port=settings.portal_port,
        threads=4,
        ident=None,
        max_request_body_size=largest,
        **proxy,
    )
    server.channel_class = _Channel
    return server
