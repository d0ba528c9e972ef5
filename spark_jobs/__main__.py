"""`python -m spark_jobs`: what an operator does with the lake itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from pyspark.sql import SparkSession

from lakehouse import command
from lakehouse.errors import LakehouseError
from lakehouse.lake.release import manifest, releases
from lakehouse.settings import CHECKOUT, Settings, state_dir
from lakehouse.spec.discovery import feed_ids, readable
from lakehouse.storage import ObjectStore
from spark_jobs import dbt_project, maintenance, release, session, tables

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)


@app.command()
def init() -> None:
    """Creates what is missing, and registers what the lake holds already: this also rebuilds a lost catalogue.

    A feed gets its tables with its first delivery; the marts read it as empty before.
    """
    settings = Settings.load()
    store = ObjectStore.for_role(settings, "spark")
    wanted = {*tables.stored_feeds(store)} & {*feed_ids(settings.sources_dir)}
    sources, refused = readable(settings.sources_dir, sorted(wanted))
    for reason in refused.values():
        print(f"no tables are made for {reason}")
    with _connect(settings) as spark:
        tables.create_all(spark, settings, sources)
        release.register(spark, store)


@app.command()
def docs() -> None:
    """Writes dbt's documentation of all marts as one page; needs no running stack."""
    print(dbt_project.document(CHECKOUT / "sources", state_dir() / "dbt_docs"))


@app.command()
def rollback(number: int) -> None:
    """Makes an older (or newer) release the current one; the next release is built when new data come."""
    settings = Settings.load()
    store = ObjectStore.for_role(settings, "spark")
    _check(store, number)
    chosen = release.activate(store, number)
    print(f"release {chosen.release} of {chosen.created_at:%Y-%m-%d %H:%M} UTC is current")


@app.command()
def views(number: int) -> None:
    """Makes the marts of a release readable by name with Spark, in a schema of their own."""
    settings = Settings.load()
    store = ObjectStore.for_role(settings, "spark")
    _check(store, number)
    with _connect(settings) as spark:
        schema = release.create_views(spark, manifest(store, number))
    print(f"the marts of release {number} are in the schema {schema}")


@app.command()
def maintain() -> None:
    """Compacts and vacuums every table within the retention of the releases."""
    settings = Settings.load()
    store = ObjectStore.for_role(settings, "spark")
    with _connect(settings) as spark:
        for table, done in maintenance.maintain(spark, settings, store).items():
            print(f"{table}: {done}")


def main() -> None:
    """Runs a command; see `lakehouse.command` for how it ends."""
    sys.exit(command.run(app))


def _check(store: ObjectStore, number: int) -> None:
    if number not in (known := releases(store)):
        raise LakehouseError(f"there is no release {number}; there are {', '.join(map(str, known)) or 'none yet'}")


@contextmanager
def _connect(settings: Settings) -> Iterator[SparkSession]:
    # Spark's own client would try a server that is down again and again
    command.check_answers(settings.spark_remote.get_secret_value())
    with session.connect(settings) as spark:
        yield spark


if __name__ == "__main__":
    main()
