"""What the upload page stands on: a MinIO with the principals of all administrations, deliveries, accounts."""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import yaml

from infra.local.config import S3_REGION, Stack
from lakehouse import names
from lakehouse.administrations import ADMINISTRATIONS
from lakehouse.settings import CHECKOUT
from lakehouse.storage import ObjectStore
from lakehouse.workbook import answers
from lakehouse.workbook.answers import Answer, Finding, TableAnswer, Total
from tests.support import minio

HERTEN, MARL = "05562020", "05562024"
STRATEGY, TRAINING, BROKEN = "vest__strategie", "vest__kompetenzen", "vest__kaputt"
PASSWORD = "Ein langes Kennwort für 2 Proben"
MAX_BYTES = 200_000


@dataclass(frozen=True)
class Ground:
    """A running MinIO, and where the page finds what is declared.

    Attributes:
        stack: the stack of which only MinIO runs.
        root: the store without limits, as the DAG's side of it.
        environment: what the process of the page is told.
    """

    stack: Stack
    root: ObjectStore
    environment: dict[str, str]

    def answer(self, ags: str, period: str, name: str, **more: Any) -> Answer:
        """Lets a delivery be answered, as its DAG does: the object leaves the inbox, an answer is there."""
        key = f"{ags}/{STRATEGY}/{period}/{name}"
        said = answer(ags, period, name, **more)
        answers.write(self.root, key, said)
        self.root.delete(names.INBOX, key)
        return said


def answer(ags: str, period: str, name: str, **more: Any) -> Answer:
    """An answer, with some of its fields given."""
    now = dt.datetime.now(dt.UTC)
    fields: dict[str, Any] = {
        "feed": STRATEGY,
        "ags": ags,
        "period": period,
        "upload": name,
        "delivery": f"{now:%Y%m%dT%H%M%S%f}Z-0123456789ab",
        "function": "CDO",
        "uploaded_at": now,
        "answered_at": now,
        "outcome": "accepted",
        "tables": [table()],
        **more,
    }
    return Answer(**fields)


def table(**more: Any) -> TableAnswer:
    """What became of one sheet."""
    total = Total(label="Budget", unit="Euro", total=Decimal("1234567.50"), before=Decimal("1234600.00"))
    counts = {"read": 12, "taken": 11, "waiting": 1, "duplicate": 0, "inserted": 3, "updated": 2, "removed": 1}
    return TableAnswer(table="vest__measure", sheet="Maßnahmen", totals=[total], **counts, **more)


FINDING = Finding(
    sheet="Maßnahmen",
    cell="F7",
    found="ca. 500 <b>",
    sentence="Bitte tragen Sie eine Zahl ohne „ca.“ ein, zum Beispiel 500.",
)


@contextmanager
def running(state: Path) -> Iterator[Ground]:
    """The ground in this folder."""
    with minio.running(state) as stack:
        declare(state / "sources")
        environment = {
            "SMARTVEST_STATE_DIR": str(state),
            "SMARTVEST_S3_ENDPOINT": stack.s3_endpoint,
            "SMARTVEST_S3_REGION": S3_REGION,
            "SMARTVEST_SOURCES_DIR": str(state / "sources"),
            "SMARTVEST_CONTACT": "digitalpakt@kreis.example",
        }
        root = ObjectStore(stack.s3_endpoint, "root", stack.secrets["minio_root_password"], S3_REGION)
        yield Ground(stack, root, environment)


def accounts() -> list[dict[str, str]]:
    """An account for each administration."""
    return [{"user": f"{ags}-cdo", "password": PASSWORD, "ags": ags, "function": "CDO"} for ags in ADMINISTRATIONS]


def declare(sources: Path) -> None:
    """Two deliveries, one that is wrongly declared, and a feed that nobody uploads."""
    shared = {
        "title": "Strategie",
        "description": "Maßnahmen der fünf Handlungsfelder und ihre Meilensteine, damit die Region sieht, was läuft.",
        "owner": "Kreis Recklinghausen",
        "licence": None,
        "licence_note": "Sie bleibt im Haus.",
        "fictitious": True,
        "scope_label": "Kreis Recklinghausen",
        "fetch": {"connector": "inbox", "period": "year", "due_days": 31, "max_bytes": MAX_BYTES},
    }
    measure = {
        "title": "Maßnahmen",
        "description": "Eine Maßnahme",
        "format": {"type": "xlsx", "sheet": "Maßnahmen"},
        "key": ["measure"],
        "columns": [
            {"from": "Maßnahme", "name": "measure", "required": True, "help": "Ihr Kürzel", "example": "M-1"},
            {"from": "Budget (Euro)", "name": "budget_eur", "type": "decimal(12,2)"},
        ],
    }
    _declare(sources, STRATEGY, shared, {"vest__measure": measure})
    half = {**shared, "title": "Kompetenzen", "description": "Schulungen je Halbjahr.", "fictitious": False}
    half["fetch"] = {"connector": "inbox", "period": "half_year", "due_days": 31, "max_bytes": MAX_BYTES}
    _declare(sources, TRAINING, half, {"vest__training": {**measure, "title": "Schulungen"}})
    _declare(sources, BROKEN, {**shared, "title": "Kaputt"}, {"vest__broken": {**measure, "key": ["nobody"]}})
    _declare(sources, "town__tree", {**shared, "title": "Bäume", "fetch": {"connector": "http"}}, {})


def _declare(sources: Path, delivery: str, shared: dict[str, Any], tables: dict[str, dict[str, Any]]) -> None:
    folder = sources / delivery / "tables"
    folder.mkdir(parents=True)
    written = {sources / delivery / "source.yml": shared, **{folder / f"{name}.yml": t for name, t in tables.items()}}
    for path, content in written.items():
        path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), "utf-8")


@contextmanager
def served(ground: Ground, **more: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The page as a process of its own, with an account for each administration: its address, and the process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, **ground.environment, "SMARTVEST_PORTAL_PORT": str(port), **more}
    command = [sys.executable, "-m", "portal"]
    made = json.dumps(accounts()).encode()
    subprocess.run([sys.executable, "-m", "portal.accounts"], input=made, env=environment, cwd=CHECKOUT, check=True)
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, env=environment, cwd=CHECKOUT, stderr=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + 60
            while not _answers(url):
                assert process.poll() is None and time.monotonic() < deadline, "the page does not start"
                time.sleep(0.1)
            yield url, process
        finally:
            process.terminate()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/hilfe/").status_code == 200
    except httpx.TransportError:
        return False
