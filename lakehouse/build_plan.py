"""Decides whether the marts have to be built, from the ledger and the newest release alone, so without a JVM."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lakehouse import sql
from lakehouse.dbt_artifacts import awaited_feeds, staged_feeds
from lakehouse.fingerprint import fingerprint
from lakehouse.ledger import silver_pins
from lakehouse.release import latest
from lakehouse.settings import CHECKOUT, Settings
from lakehouse.storage import ObjectStore

DBT_DIR = CHECKOUT / "dbt"


@dataclass(frozen=True)
class BuildPlan:
    """What the next release reads; `released` is empty when the marts must be built anew from whole tables."""

    pins: dict[str, int]
    released: dict[str, int]
    code: str
    nothing_to_do: str | None


def code_fingerprint(settings: Settings, dbt_dir: Path = DBT_DIR) -> str:
    """Fingerprint of everything that decides what a mart contains besides the data."""
    return fingerprint(dbt_dir, *(settings.sources_dir / feed for feed in staged_feeds(dbt_dir)))


def decide(settings: Settings) -> BuildPlan:
    """Compares the silver tables that the marts read with those of the newest release."""
    awaited = awaited_feeds(DBT_DIR)
    with sql.connect(settings, "spark") as connection:
        committed = silver_pins(connection)
    # every table begins empty at version 0
    pins = {feed: committed.get(feed, 0) for feed in staged_feeds(DBT_DIR)}
    code = code_fingerprint(settings)
    base = latest(ObjectStore.for_role(settings, "spark"))
    reason = None
    if missing := [feed for feed in awaited if feed not in committed]:
        reason = f"waiting for the first delivery of {', '.join(missing)}"
    elif base and base.code == code and pins == {feed: pin.version for feed, pin in base.silver.items()}:
        reason = f"release {base.release} holds all of this already"
    # marts that grow by changes are only right on top of the code that built them
    same_code = base is not None and base.code == code
    released = {feed: pin.version for feed, pin in base.silver.items()} if base and same_code else {}
    return BuildPlan(pins, released, code, reason)
