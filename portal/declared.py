"""The deliveries that administrations put down, as they are declared."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from django.conf import settings
from django.http import Http404
from django.utils import timezone

from lakehouse.spec.discovery import DECLARATION, about, deliverable, delivery_ids
from lakehouse.spec.inbox import Inbox
from lakehouse.spec.source import Source


@dataclass(frozen=True)
class Delivery:
    """One workbook that every administration fills.

    Attributes:
        id: id of the delivery, such as `vest__strategie`.
        title: what people call it.
        purpose: what it is for.
        inbox: periods, deadlines and the largest file.
        tables: what its sheets fill, parents first.
    """

    id: str
    title: str
    purpose: str
    inbox: Inbox
    tables: tuple[Source, ...]

    @property
    def fictitious(self) -> bool:
        """Whether what is delivered is made up."""
        return any(table.fictitious for table in self.tables)

    @property
    def periods(self) -> list[str]:
        """Periods that have begun, the newest first."""
        return self.inbox.periods(timezone.localdate())

    def due(self, period: str) -> dt.date:
        """Last day on which a delivery for a period is in time."""
        return self.inbox.due(period)


# most declarations are of other feeds: they are told apart without building them, and read once
@lru_cache(maxsize=512)
def _shared(path: Path, changed_ns: int) -> object:
    try:
        return yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    except (ValueError, yaml.YAMLError):
        return None


def deliveries() -> list[Delivery]:
    """All of them, by title; one that is wrongly declared must not take the others away."""
    found = [delivery(name) for name in delivery_ids(settings.PORTAL.sources_dir)]
    return sorted((one for one in found if one is not None), key=lambda one: one.title)


def delivery(name: str) -> Delivery | None:
    """One of them; None if there is no such one."""
    folder = settings.PORTAL.sources_dir
    if name not in delivery_ids(folder):
        return None
    path = folder / name / DECLARATION
    shared = _shared(path, path.stat().st_mtime_ns)
    if not isinstance(shared, dict) or shared.get("fetch", {}).get("connector") != "inbox":
        return None
    read, _ = deliverable(folder, [name])
    tables = read.get(name, [])
    if not tables or not isinstance(inbox := tables[0].fetch, Inbox):
        return None
    return Delivery(name, *about(tables[0]), inbox, tuple(tables))


def of_period(name: str, period: str) -> Delivery:
    """A delivery for a period that has begun. Raises Http404 if there is none."""
    found = delivery(name)
    if found is None or period not in found.periods:
        raise Http404
    return found
