"""The command line: SQL, releases, lineage, backfill, quarantine, explanations, new sources."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from lakehouse import command, names
from lakehouse.errors import LakehouseError

if TYPE_CHECKING:
    import duckdb

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
quarantine_app = typer.Typer(
    no_args_is_help=True, help="What was refused row by row, and loading it again after a fix."
)
app.add_typer(quarantine_app, name="quarantine")
console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160)


@app.command()
def sql(
    query: Annotated[str | None, typer.Argument(help="One statement; without it a shell opens.")] = None,
    release: Annotated[int | None, typer.Option(help="Number of the release; the current one if not given.")] = None,
) -> None:
    """Opens SQL on the marts of one release; every mart is a view."""
    from lakehouse.lake.sql import open_release, shell_script
    from lakehouse.settings import Settings

    if query is not None:
        connection, _ = open_release(Settings.load(), release)
        _show(connection, query)
        return
    script, found = shell_script(Settings.load(), release)
    console.print(f"Release {found.release}: {', '.join(sorted(found.marts))}. DESCRIBE <mart> explains its columns.")
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(script)
        file.flush()
        duckdb = Path(sys.executable).with_name("duckdb")
        raise typer.Exit(subprocess.run([duckdb, "-init", file.name], check=False).returncode)


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
    if mart not in found.marts:
        raise LakehouseError(f"release {found.release} has no mart {mart}; it has {', '.join(sorted(found.marts))}")
    pin = found.marts[mart]
    console.print(f"release {found.release} of {found.created_at:%Y-%m-%d %H:%M} UTC, run {found.run_id}")
    console.print(f"  {mart} version {pin.version} at {pin.uri}: {pin.rows:,} rows, checksum {pin.checksum}")
    if found.fictitious(mart):
        console.print("  [yellow]made from fictitious data[/yellow]")
    for feed in pin.inputs:
        console.print(f"    silver.{feed} version {found.silver[feed].version}")
        for delivery in found.feeds[feed].deliveries:
            receipt = landing.receipt(store, found.feeds[feed].delivered_as or feed, delivery)
            assert receipt is not None, f"release {found.release} names a delivery without a receipt: {delivery}"
            console.print(
                f"      s3://{names.RAW}/{receipt.object_key}\n"
                f"        {receipt.bytes:,} bytes, sha256 {receipt.sha256}\n"
                f"        from {receipt.address} at {receipt.fetched_at:%Y-%m-%d %H:%M:%S} UTC"
            )


@app.command()
def backfill(feed: str, published_from: dt.datetime, published_until: dt.datetime) -> None:
    """Loads past deliveries of a feed again, rejected ones included, by their day of publication."""
    from lakehouse.airflow_api import Airflow
    from lakehouse.settings import Settings
    from lakehouse.spec.discovery import delivery_ids, delivery_of

    settings = Settings.load()
    feed = delivery_of(settings.sources_dir, feed)
    if feed not in delivery_ids(settings.sources_dir):
        raise LakehouseError(f"there is no feed {feed}; each is a folder of {settings.sources_dir}")
    conf = {"published_from": f"{published_from:%Y-%m-%d}", "published_until": f"{published_until:%Y-%m-%d}"}
    run = Airflow(settings).trigger(names.ingest_dag(feed), conf)
    console.print(f"{names.ingest_dag(feed)}: run {run} was started")


@app.command()
def explain(
    table: Annotated[str, typer.Argument(help="A silver table, such as silver.gvisys__municipality.")],
    key: Annotated[list[str], typer.Argument(help="Columns and values that name the row, such as ags=05562024.")],
) -> None:
    """Walks from a row of silver back to its bytes: rules, text as delivered, receipt, run."""
    from lakehouse.lake import explain as explanation
    from lakehouse.lake.sql import connect
    from lakehouse.settings import Settings
    from lakehouse.storage import ObjectStore

    settings = Settings.load()
    source = explanation.feed_of(table, settings.sources_dir)
    with connect(settings, "spark") as connection:
        store = ObjectStore.for_role(settings, "spark")
        found = explanation.explain(connection, store, source, explanation.parse_key(key))
    for one in found:
        console.print("\n".join(explanation.lines(one)), markup=False)


@app.command("new-source")
def new_source(
    feed: Annotated[str, typer.Argument(help="Id of the form <source>__<entity>.")],
    from_: Annotated[
        Path | None,
        typer.Option("--from", help="A file of the source: proposes a declaration from it, copies nothing."),
    ] = None,
) -> None:
    """Writes the folder of a new feed: a declaration to fill in, a sample, and the rows expected of it."""
    from lakehouse.ingest.propose import propose
    from lakehouse.settings import CHECKOUT
    from lakehouse.spec import scaffold

    sources_dir = CHECKOUT / "sources"
    if from_ is None:
        written = [str(path.relative_to(CHECKOUT)) for path in scaffold.write(sources_dir, feed)]
        console.print("\n".join(written), markup=False)
        return
    proposal = propose(feed, from_)
    path = scaffold.write_declaration(sources_dir, feed, proposal.text)
    doubts = proposal.text.count("# unsure")
    console.print(
        f"{path.relative_to(CHECKOUT)}: {doubts} doubts, each a comment\n{proposal.told(from_.name)}\n"
        f"Nothing of the file was copied. Next: write rows of your own to sample/input/{proposal.address} there,\n"
        f"and `pytest tests/contracts/test_sources.py -k {feed} --write-expected`; see sources/README.md.",
        markup=False,
    )


@app.command()
def schema(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; say whether it would change.")] = False,
) -> None:
    """Writes what the models say of `source.yml`: the JSON Schema for editors, and the page for people."""
    from lakehouse.settings import CHECKOUT
    from lakehouse.spec import schema, vocabulary

    files = {
        schema.FILE_NAME: schema.text(),
        schema.PART_NAME: schema.text(part=True),
        vocabulary.FILE_NAME: vocabulary.text(),
    }
    for name, made in files.items():
        path = CHECKOUT / "sources" / name
        if path.exists() and path.read_text("utf-8") == made:
            continue
        if check:
            raise LakehouseError(f"sources/{name} is not what the models say: run `python -m lakehouse schema`")
        path.write_text(made, "utf-8")
        console.print(f"sources/{name}", markup=False)


@app.command()
def template(
    feed: str,
    city: Annotated[str, typer.Option(help="AGS; without it the cover asks for it.")] = "",
    period: Annotated[str, typer.Option(help="2025 or 2025-H1; without it the cover asks for it.")] = "",
    csv: Annotated[bool, typer.Option("--csv", help="CSV files in a zip archive.")] = False,
    output: Annotated[Path | None, typer.Option(help="The file to write.")] = None,
) -> None:
    """Writes the workbook that an administration fills."""
    from lakehouse.settings import CHECKOUT
    from lakehouse.workbook.template import save

    console.print(f"{save(CHECKOUT / 'sources', feed, city, period, csv=csv, into=output)}", markup=False)


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


def _show(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    import duckdb

    try:
        found = connection.sql(query)
        # None: a statement without rows, such as SET
        if found is not None:
            found.show(max_width=200, max_rows=200)
    except duckdb.IOException:  # says nothing about the query
        raise
    except duckdb.Error as error:
        raise LakehouseError(str(error)) from None


def main() -> None:
    """Runs a command; see `lakehouse.command` for how it ends."""
    sys.exit(command.run(app))
