"""Sends files as browsers do, also under names that no browser would send."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import Any

from django.http import HttpResponse
from django.test import Client

from tests.support.portal import HERTEN, STRATEGY

PERIOD = str(dt.date.today().year)


def workbook() -> bytes:
    """A zip: what is in it is looked at later."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("[Content_Types].xml"), "<Types/>")
    return packed.getvalue()


def page(ags: str = HERTEN, feed: str = STRATEGY, period: str = PERIOD) -> str:
    return f"/{ags}/{feed}/{period}/"


def send(
    client: Client, name: bytes | str = "Strategie.xlsx", content: bytes | None = None, at: str = "", **fields: str
) -> Any:
    """Posts a form with one file."""
    named = name if isinstance(name, bytes) else name.encode()
    parts = b"".join(
        b'--edge\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (key.encode(), value.encode())
        for key, value in fields.items()
    )
    body = (
        parts
        + b'--edge\r\nContent-Disposition: form-data; name="file"; filename="'
        + named
        + b'"\r\nContent-Type: application/octet-stream\r\n\r\n'
        + (workbook() if content is None else content)
        + b"\r\n--edge--\r\n"
    )
    return client.generic("POST", at or page() + "hochladen/", body, "multipart/form-data; boundary=edge")


def text(response: HttpResponse) -> str:
    return " ".join(response.content.decode().split())
