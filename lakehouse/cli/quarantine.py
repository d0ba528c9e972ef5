"""Commands about what was refused row by row, and loading it again after a fix."""

from __future__ import annotations

from typing import Annotated

import typer

from lakehouse import names
from lakehouse.cli.base import app, console

quarantine_app = typer.Typer(
    no_args_is_help=True, help="What was refused row by row, and loading it again after a fix."
)
app.add_typer(quarantine_app, name="quarantine")


@quarantine_app.command("list")
def list_quarantine() -> None:
    """Counts refused rows per feed, by reason."""
    from lakehouse.lake import quarantine
    from lakehouse.lake.sql import connect
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore

    settings = Settings.load()
    with connect(settings, "spark") as connection:
        feeds = quarantine.feeds(ObjectStore.for_role(settings, "spark"))
        found = [summary for feed in feeds if (summary := quarantine.summary(connection, feed)) is not None]
    for one in found:
        console.print(
            f"{one.feed}: {one.rows:,} rows of {one.deliveries:,} deliveries, "
            f"fetched {one.oldest:%Y-%m-%d %H:%M} to {one.newest:%Y-%m-%d %H:%M} UTC"
        )
        for reason, rows in one.reasons.items():
            console.print(f"  {rows:>9,}  {reason}", markup=False)
    if not found:
        console.print("The quarantine is empty.")


@quarantine_app.command("show")
def show_quarantine(
    feed: str,
    reason: Annotated[str | None, typer.Option(help="Only rows with a reason that contains this text.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many rows.", min=1)] = 20,
) -> None:
    """Shows refused rows of a feed: where they were delivered, why they were refused, their text."""
    from lakehouse.lake import quarantine
    from lakehouse.lake.sql import connect
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore

    settings = Settings.load()
    quarantine.check_feed(ObjectStore.for_role(settings, "spark"), feed)
    with connect(settings, "spark") as connection:
        found = quarantine.refused(connection, feed, reason, limit)
    for row in found:
        console.print(f"{row.source_object} record {row.record_number}", markup=False)
        for why in row.reasons:
            console.print(f"  {why}", markup=False)
        console.print(f"  {row.raw}", markup=False, style="dim")
    if not found:
        console.print("No refused row fits.")


@quarantine_app.command("replay")
def replay_quarantine(feed: str) -> None:
    """Loads the deliveries with refused rows again, after a rule was fixed; everything else stays as it is."""
    from lakehouse.airflow_api import Airflow
    from lakehouse.lake import quarantine
    from lakehouse.lake.sql import connect
    from lakehouse.settings import Settings
    from lakehouse.spec.discovery import delivery_of
    from lakehouse.storage import ObjectStore

    settings = Settings.load()
    quarantine.check_feed(ObjectStore.for_role(settings, "spark"), feed)
    with connect(settings, "spark") as connection:
        deliveries = quarantine.deliveries(connection, feed)
    if not deliveries:
        console.print(f"{feed}: no row is in quarantine, so there is nothing to load again")
        return
    dag = names.ingest_dag(delivery_of(settings.sources_dir, feed))
    run = Airflow(settings).trigger(dag, {"deliveries": deliveries})
    console.print(f"{dag}: run {run} was started with {len(deliveries)} deliveries")
