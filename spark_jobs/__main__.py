"""`python -m spark_jobs`: what an operator does with the lake itself."""

from __future__ import annotations

import typer

from lakehouse.build_plan import DBT_DIR
from lakehouse.dbt_artifacts import staged_feeds
from lakehouse.settings import Settings
from lakehouse.spec import feed_ids, readable
from lakehouse.storage import ObjectStore
from spark_jobs import maintenance, release, session, tables

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)


@app.command()
def init() -> None:
    """Creates what is missing, and registers what the lake holds already: this also rebuilds a lost catalogue.

    A feed that no mart reads gets its tables with its first delivery.
    """
    settings = Settings.load()
    store = ObjectStore.for_role(settings, "spark")
    # three tables take a second, and most of fifty feeds may never be switched on
    wanted = {*staged_feeds(DBT_DIR), *tables.stored_feeds(store)} & {*feed_ids(settings.sources_dir)}
    sources, refused = readable(settings.sources_dir, sorted(wanted))
    for reason in refused.values():
        print(f"no tables are made for {reason}")
    with session.connect(settings) as spark:
        tables.create_all(spark, settings, sources)
        release.register(spark, store)


@app.command()
def rollback(number: int) -> None:
    """Makes an older (or newer) release the current one; the next release is built when new data come."""
    settings = Settings.load()
    with session.connect(settings) as spark:
        chosen = release.activate(spark, ObjectStore.for_role(settings, "spark"), number)
    print(f"release {chosen.release} of {chosen.created_at:%Y-%m-%d %H:%M} UTC is current")


@app.command()
def maintain() -> None:
    """Compacts and vacuums every table within the retention of the releases."""
    settings = Settings.load()
    store = ObjectStore.for_role(settings, "spark")
    with session.connect(settings) as spark:
        for table, done in maintenance.maintain(spark, settings, store).items():
            print(f"{table}: {done}")


app()
