"""The table that a run ends with."""

from __future__ import annotations

import datetime as dt
import json

import duckdb
from rich.console import Console
from rich.table import Table

from lakehouse import names
from lakehouse.lake import sql
from lakehouse.lake.ledger import LEDGER
from lakehouse.lake.release import Manifest, current, manifest
from lakehouse.settings import Settings
from lakehouse.storage import NotFound, ObjectStore

QUALITY = names.uri("ops", "quality_results")
# every row that was parsed ends in exactly one of these columns of the ledger
ENDS = ("inserted", "updated", "unchanged", "duplicate", "superseded", "filtered", "quarantined")


def show(settings: Settings, console: Console) -> None:
    """Prints what the lake holds: per feed, per gate, per mart, and what is published."""
    with sql.connect(settings, "spark") as connection:
        _feeds(connection, console)
        passed, warned, failed = connection.execute(
            f"""SELECT count(*) FILTER (success), count(*) FILTER (NOT success AND severity = 'warn'),
            count(*) FILTER (NOT success AND severity = 'fail') FROM {sql.scan(QUALITY)}"""
        ).fetchall()[0]
    console.print(f"Gates: {passed} expectations held, {warned} warnings, {failed} failures (ops.quality_results)")
    store = ObjectStore.for_role(settings, "publisher")
    try:
        release = manifest(store, current(store))
    except NotFound as error:
        console.print(str(error))
        return
    _marts(release, console)
    _publications(store, release.release, console)


def show_rejections(settings: Settings, console: Console, since: dt.datetime) -> None:
    """Prints why deliveries were rejected since a moment."""
    with sql.connect(settings, "spark") as connection:
        rows = connection.execute(
            f"SELECT reason FROM {sql.scan(LEDGER)} WHERE status = 'rejected' AND recorded_at >= ?", [since]
        ).fetchall()
    for (reason,) in rows:
        console.print(f"Rejected: {reason}", markup=False)


def _feeds(connection: duckdb.DuckDBPyConnection, console: Console) -> None:
    rows = connection.execute(
        f"""SELECT feed, count(*) FILTER (status = 'committed'), count(*) FILTER (status = 'rejected'),
        sum(removed), sum(parsed), {", ".join(f"sum({end})" for end in ENDS)}
        FROM {sql.scan(LEDGER)} GROUP BY feed ORDER BY feed"""
    ).fetchall()
    ended = [dict(zip(ENDS, row[5:], strict=True)) for row in rows]
    # a column of zeros only would cost width, and a line adds up without it
    shown = [end for end in ENDS if end == "inserted" or any(row[end] for row in ended)]
    table = Table(title="Feeds, all runs so far: every parsed row and where it went", title_justify="left")
    signs = ["=", *"+" * len(shown)]
    for heading in ("feed", "runs", "rejected", "parsed", *map(" ".join, zip(signs, shown, strict=False)), "in silver"):
        is_name = heading == "feed"
        table.add_column(heading, justify="left" if is_name else "right", no_wrap=is_name)
    for (feed, committed, rejected, removed, parsed, *_), ends in zip(rows, ended, strict=True):
        in_silver = ends["inserted"] - removed
        figures = (committed, rejected, parsed, *(ends[end] for end in shown), in_silver)
        table.add_row(feed, *(f"{figure:,}" for figure in figures))
    console.print(table)
    if held := [feed for (feed, *_), ends in zip(rows, ended, strict=True) if ends["quarantined"]]:
        console.print(
            f"Rows in quarantine and why: .venv/bin/python -m lakehouse quarantine show {held[0]}"
            + (f"; likewise {', '.join(held[1:])}" if held[1:] else "")
        )


def _marts(release: Manifest, console: Console) -> None:
    table = Table(title=f"Release {release.release} of {release.created_at:%Y-%m-%d %H:%M} UTC", title_justify="left")
    for heading in ("mart", "rows", "from"):
        table.add_column(heading, justify="right" if heading == "rows" else "left")
    for name, mart in sorted(release.marts.items()):
        # all tables begin at version 0, empty
        feeds = (
            feed if release.silver[feed].version else f"{feed} (no delivery yet: read as empty)" for feed in mart.inputs
        )
        shown = f"{name} (fictitious)" if release.fictitious(name) else name
        table.add_row(shown, f"{mart.rows:,}", "\n".join(feeds))
    console.print(table)


def _publications(store: ObjectStore, release: int, console: Console) -> None:
    found = store.get_with_etag(names.LAKE, names.publication_key(release))
    if found is None:
        console.print("This release is not published yet.")
        return
    report = json.loads(found[0])
    for dataset in report["published"]:
        console.print(f"Published: {dataset['dataset']} ({dataset['rows']:,} rows)")
    for dataset in report["held_back"]:
        console.print(f"Held back: {dataset['dataset']}: {dataset['reason']} Remedy: {dataset['remedy']}")
    if not report["shapes_checked"]:
        console.print("The official DCAT-AP.de shapes were not checked: SMARTVEST_DCAT_SHAPES_DIR is not set.")
