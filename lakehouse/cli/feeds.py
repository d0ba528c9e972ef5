"""Commands about feeds: loading again, where a row comes from, declarations, workbooks."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from lakehouse import names
from lakehouse.cli.base import app, console
from lakehouse.errors import LakehouseError


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
