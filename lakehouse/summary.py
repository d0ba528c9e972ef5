"""The table that a run ends with."""

from __future__ import annotations

import datetime as dt
import json

from rich.console import Console
from rich.table import Table

from lakehouse import names, sql
from lakehouse.ledger import LEDGER
from lakehouse.release import current, manifest
from lakehouse.settings import Settings
from lakehouse.storage import NotFound, ObjectStore

QUALITY = names.uri("ops", "quality_results")


def show(settings: Settings, console: Console) -> None:
    """Prints what the lake holds: per feed, per gate, per mart, and what is published."""
    with sql.connect(settings, "spark") as connection:
        feeds = connection.execute(
            f"""SELECT feed, count(*) FILTER (status = 'committed'), count(*) FILTER (status = 'rejected'),
            sum(parsed), sum(inserted - removed), sum(quarantined), sum(duplicate + superseded)
            FROM {sql.scan(LEDGER)} GROUP BY feed ORDER BY feed"""
        ).fetchall()
        console.print(_feeds(feeds))
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
    table = Table(title=f"Release {release.release} of {release.created_at:%Y-%m-%d %H:%M} UTC", title_justify="left")
    for heading in ("mart", "rows", "from"):
        table.add_column(heading, justify="right" if heading == "rows" else "left")
    for name, mart in sorted(release.marts.items()):
        table.add_row(name, f"{mart.rows:,}", ", ".join(mart.inputs))
    console.print(table)
    _publications(store, release.release, console)


def show_rejections(settings: Settings, console: Console, since: dt.datetime) -> None:
    """Prints why deliveries were rejected since a moment."""
    with sql.connect(settings, "spark") as connection:
        rows = connection.execute(
            f"SELECT reason FROM {sql.scan(LEDGER)} WHERE status = 'rejected' AND recorded_at >= ?", [since]
        ).fetchall()
    for (reason,) in rows:
        console.print(f"Rejected: {reason}", markup=False)


def _feeds(rows: list[tuple[str, int, int, int, int, int, int]]) -> Table:
    table = Table(title="Feeds, all runs so far", title_justify="left")
    headings = ("feed", "runs", "rejected", "rows parsed", "in silver", "quarantined", "duplicate")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "feed" else "right")
    for feed, *figures in rows:
        table.add_row(feed, *(f"{figure or 0:,}" for figure in figures))
    return table


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
