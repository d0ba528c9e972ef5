"""Commands about what was released: the list, what differs, lineage."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from lakehouse import names
from lakehouse.cli.base import app, console
from lakehouse.errors import LakehouseError


@app.command()
def compare(
    mart: str,
    from_: Annotated[int, typer.Option("--from", help="Number of the older release.")],
    to: Annotated[int | None, typer.Option(help="Number of the newer one; the current one if not given.")] = None,
    limit: Annotated[int, typer.Option(help="Show at most so many differences.", min=1)] = 50,
    all_steps: Annotated[
        bool, typer.Option("--all-steps", help="What changed in each release between, also if it changed back.")
    ] = False,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write all differences to this file.")] = None,
) -> None:
    """Names each cell of a mart that differs between two releases: old, new, and the cause, from the manifests."""
    from lakehouse.cli.differences import save, show
    from lakehouse.lake.compare import open_comparison
    from lakehouse.settings import Settings

    # no mart is looked at before it is known that there is such a one
    found = open_comparison(Settings.load(), from_, to, named="")
    with found.reading(mart):
        differences = found.connection.sql(found.query(mart, all_steps=all_steps))
        if csv is not None:
            save(differences, csv)
        show(differences, limit)


@app.command()
def releases(
    verify: Annotated[bool, typer.Option("--verify", help="Walk the chain of manifests, look for every file.")] = False,
    checksums: Annotated[bool, typer.Option("--checksums", help="With --verify: also read every file.")] = False,
) -> None:
    """Lists all releases; the current one is marked."""
    from lakehouse.lake import release, release_files
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore

    settings = Settings.load()
    store = ObjectStore.for_role(settings, "analyst")
    if verify:
        since = dt.datetime.now(dt.UTC) - dt.timedelta(days=settings.release_retention_days)
        if wrong := release_files.verify(store, since=since, checksums=checksums, say=console.print):
            raise LakehouseError("\n".join(wrong))
        console.print("Everything is as it was released.")
        return
    chosen = release.current(store)
    for number in release.releases(store):
        found = release.manifest(store, number)
        rows = ", ".join(f"{name} {mart.rows:,}" for name, mart in sorted(found.marts.items()))
        console.print(f"{'*' if number == chosen else ' '} {number}  {found.created_at:%Y-%m-%d %H:%M}  {rows}")
        if number == chosen:
            for sentence in release.deprecations(found):
                console.print(f"    {sentence}", markup=False)


@app.command()
def lineage(
    mart: str,
    release: Annotated[int | None, typer.Option(help="Number of the release; the current one if not given.")] = None,
) -> None:
    """Walks from a released mart back to the bytes: silver versions, deliveries, raw objects, receipts."""
    from lakehouse.ingest import landing
    from lakehouse.lake import release as released
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore

    settings = Settings.load()
    store = ObjectStore.for_role(settings, "spark")
    found = released.manifest(store, release or released.current(store))
    pin = released.pin(found, mart)
    console.print(f"release {found.release} of {found.created_at:%Y-%m-%d %H:%M} UTC, run {found.run_id}")
    console.print(f"  {mart} version {pin.version} at {pin.uri}: {pin.rows:,} rows, checksum {pin.checksum}")
    if found.fictitious(mart):
        console.print("  [yellow]made from fictitious data[/yellow]")
    for feed in pin.inputs:
        console.print(f"    {'.'.join(found.silver[feed].uri.split('/')[-2:])} version {found.silver[feed].version}")
        for delivery in found.feeds[feed].deliveries:
            receipt = landing.receipt(store, found.feeds[feed].delivered_as or feed, delivery)
            assert receipt is not None, f"release {found.release} names a delivery without a receipt: {delivery}"
            console.print(
                f"      s3://{names.RAW}/{receipt.object_key}\n"
                f"        {receipt.bytes:,} bytes, sha256 {receipt.sha256}\n"
                f"        from {receipt.address} at {receipt.fetched_at:%Y-%m-%d %H:%M:%S} UTC"
            )
