"""Takes a file and puts it into the inbox, under a name that is made here."""

from __future__ import annotations

import datetime as dt
import io
import json
import secrets
from pathlib import PurePosixPath
from typing import Any, BinaryIO, cast
from urllib.parse import quote

from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import UploadedFile

from lakehouse import names
from lakehouse.errors import LakehouseError
from portal import history, stores
from portal.declared import Delivery
from portal.history import WITHDRAWAL, Entry
from portal.members import Member

_ZIP, _COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD = 4096
TYPES = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
    ".csv": "text/csv",
    WITHDRAWAL: "application/json",
}
_SAVE_AS = "Bitte speichern Sie sie in Ihrem Tabellenprogramm als .xlsx und laden Sie diese Datei hoch."
_OTHER = {
    ".xls": f"Die Datei hat das alte Excel-Format .xls. {_SAVE_AS}",
    ".xlsm": f"Die Datei kann Makros enthalten (.xlsm). {_SAVE_AS}",
    ".xlsb": f"Die Datei hat das binäre Excel-Format .xlsb. {_SAVE_AS}",
    ".ods": f"Die Datei hat das Format .ods. {_SAVE_AS}",
    ".pdf": "Aus einer PDF-Datei können keine Zeilen gelesen werden. Bitte laden Sie die ausgefüllte Vorlage hoch.",
}


class Refused(Exception):
    """A file that is not taken; the message is a German sentence for its sender."""


class TooMany(Exception):
    """An account put down as many files as it may in an hour."""


def suffix_of(name: str, head: bytes) -> str:
    """The ending under which a file is kept, by its name's ending and its first bytes.

    Raises:
        Refused: it is no file of a kind that can be delivered.
    """
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in (".xlsx", ".zip", ".csv"):
        allowed = "Angenommen werden .xlsx, .csv und .zip (mehrere CSV-Dateien)."
        raise Refused(_OTHER.get(suffix, f"Dateien dieser Art können nicht gelesen werden. {allowed}"))
    if not head:
        raise Refused("Die Datei ist leer. Bitte wählen Sie die ausgefüllte Vorlage aus.")
    if head.startswith(_COMPOUND):
        raise Refused(f"Die Datei ist mit einem Kennwort geschützt oder hat das alte Excel-Format. {_SAVE_AS}")
    if suffix != ".csv" and not head.startswith(_ZIP):
        raise Refused(f"Die Datei endet auf {suffix}, ist aber keine solche Datei. {_SAVE_AS}")
    utf16 = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if suffix == ".csv" and (head.startswith((_ZIP, b"%PDF")) or b"\0" in head and not utf16):
        raise Refused("Die Datei endet auf .csv, enthält aber keinen Text. Bitte speichern Sie sie als CSV (UTF-8).")
    return suffix


def put(member: Member, delivery: Delivery, period: str, file: UploadedFile[Any]) -> str:
    """Stores a file; returns the name of the upload once the store has confirmed it.

    Raises:
        Refused: the file is of no kind that can be delivered, or too large.
        TooMany: the account has to wait.
    """
    _count(member)
    if file.size is None or file.size > delivery.inbox.max_bytes:
        raise Refused(too_large(delivery.inbox.max_bytes))
    head = file.read(_HEAD)
    file.seek(0)
    suffix = suffix_of(file.name or "", head)
    return _store(member, delivery, period, cast(BinaryIO, file.file), suffix)


def withdraw(member: Member, delivery: Delivery, period: str) -> str:
    """Asks to take back what was delivered for a period; returns the name of that upload. Raises TooMany."""
    _count(member)
    # never the same bytes twice: a file that is known already is no new delivery
    said = {"withdraw": delivery.id, "period": period, "ags": member.ags, "nonce": secrets.token_hex(16)}
    return _store(member, delivery, period, io.BytesIO(json.dumps(said).encode()), WITHDRAWAL)


def too_large(limit: int) -> str:
    """The sentence for it; `limit` in bytes."""
    return f"Die Datei ist zu groß: Angenommen werden höchstens {limit // 1_000_000 or 1} MB."


def _store(member: Member, delivery: Delivery, period: str, file: BinaryIO, suffix: str) -> str:
    now = dt.datetime.now(dt.UTC)
    name = f"{now:%Y%m%dT%H%M%S%f}Z-{secrets.token_hex(4)}{suffix}"
    key = names.inbox_prefix(member.ags, delivery.id) + f"{period}/{name}"
    # headers are ASCII
    said = {"function": quote(member.function, safe=" ,/()&")}
    if not stores.of(member).put_new(names.INBOX, key, file, TYPES[suffix], said):
        raise LakehouseError(f"{key} is taken")
    history.remember(member.ags, delivery.id, period, Entry(name, now, member.function))
    return name


def _count(member: Member) -> None:
    key = f"uploads:{quote(member.username)}:{dt.datetime.now(dt.UTC):%Y%m%dT%H}"
    cache.add(key, 0, 3600)
    if cache.incr(key) > settings.PORTAL.portal_uploads_per_hour:
        raise TooMany
