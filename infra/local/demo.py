"""The demo: the feeds that a release waits for, once through the whole line, and where to look next."""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from infra.local import config, region_run, summary
from infra.local.config import account_of, passwords_file
from infra.local.feed_files import place
from infra.region.deliveries import known, newest
from infra.region.facts import SEED
from infra.sensors.devices import DEMO_DEVICES, DEMO_GATEWAYS, devices, gateways
from infra.sensors.publish import publish
from infra.sensors.simulation import Simulation
from lakehouse import names
from lakehouse.administrations import KREIS
from lakehouse.airflow_api import Airflow
from lakehouse.errors import LakehouseError
from lakehouse.lake.build_plan import DBT_DIR
from lakehouse.lake.dbt_artifacts import awaited_feeds
from lakehouse.settings import Settings, keys_file, state_dir
from lakehouse.spec.discovery import load_sources
from lakehouse.storage import ObjectStore

DAGS_KNOWN_S = 120
ANSWERED_S = 600
# what the bridge lands
MESSAGES = "lorawan__uplink"
# whose account is named
CITY = "05562024"


def run(feeds: Path | None) -> bool:
    """Runs the demo on the bundled samples, or on a folder of real files.

    Returns:
        whether every run succeeded.

    Raises:
        LakehouseError: a file is missing, or Airflow does not know a DAG or does not come to an end.
    """
    settings, begun = Settings.load(), time.monotonic()
    console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160)
    sources = load_sources(settings.sources_dir, awaited_feeds(DBT_DIR))
    changed = place(sources, state_dir() / "feeds", feeds.resolve() if feeds else None)
    news = f"{len(changed)} of the feeds' files are new" if changed else "The feeds' files are the same as last time"
    console.print(news)
    airflow = Airflow(settings)
    wanted = {*map(names.ingest_dag, [*sources, *known(settings)]), "build_marts", *region_run.AFTER_RELEASE}
    _wait_for_dags(airflow, wanted, console)
    uploads = list(newest(settings))
    console.print(f"{len(uploads)} workbooks of a made-up region were put into the inbox")

    _send(settings, console)

    def say(sentence: str) -> None:
        console.print(f"[dim]{time.monotonic() - begun:5.0f} s[/dim]  {sentence}")

    started = dt.datetime.now(dt.UTC)
    outcome = region_run.run_region(airflow, sources, say)
    _wait_for_answers(settings, uploads, say)
    summary.show(settings, console)
    if not outcome.runs["build_marts"] and not outcome.failed:
        console.print("Nothing changed: no delivery was new, so nothing was built.")
    console.print(f"Took {time.monotonic() - begun:.0f} s.\n")
    console.print(
        f"Airflow UI   {settings.airflow_url}  ({settings.airflow_user}, password in {state_dir() / 'stack.env'})\n"
        f"Upload page  {config.load().portal_url}  (in German; user {account_of(CITY)},"
        f" password in {passwords_file(state_dir())})\n"
        f"Reports      {config.load().portal_url}/pruefung/  (Data Docs of each suite and dbt docs; the same account)\n"
        f"Catalogue    {settings.base_iri}/catalog.ttl\n"
        f"PostgreSQL   {config.load().postgres_url}  (password in {keys_file(state_dir(), 'postgres_analyst')})\n"
        'SQL          make sql Q="SELECT * FROM mart_connectivity LIMIT 5"\n'
        "Lineage      .venv/bin/python -m lakehouse lineage mart_connectivity\n"
        f"Cockpit      {config.load().portal_url}/cockpit/  (in German; the same account)\n"
        f"Start page   {config.load().portal_url}/start/  (leads to all of these)"
    )
    if outcome.failed:
        summary.show_rejections(settings, console, started)
        console.print(f"[red]Failed: {', '.join(outcome.failed)}; the last good release stays up.[/red]")
    return not outcome.failed


def _send(settings: Settings, console: Console) -> None:
    """Lets the made-up region's devices send what they measured in two days, unless they did already."""
    store = ObjectStore.for_role(settings, "landing")
    if next(store.list(names.RAW, f"{MESSAGES}/"), None) is not None:
        return
    ends = dt.datetime.now(dt.UTC)
    own = devices(SEED, DEMO_DEVICES), gateways(SEED, DEMO_GATEWAYS)
    sent = publish(config.load(), Simulation(SEED, *own, ends - dt.timedelta(days=2), ends))
    console.print(f"{sent:,} messages of {DEMO_DEVICES} simulated devices were published by MQTT")


def _wait_for_answers(settings: Settings, uploads: list[str], say: Callable[[str], None]) -> None:
    """Waits until every upload was answered. Raises LakehouseError after ten minutes."""
    store, deadline = ObjectStore.for_role(settings, KREIS), time.monotonic() + ANSWERED_S
    waiting = set(uploads)
    while waiting:
        answered = {key.rpartition("/")[0] for key in store.list(names.ANSWERS, "")}
        if time.monotonic() > deadline:
            raise LakehouseError(
                f"{len(waiting)} uploads were not answered, such as {min(waiting)}; see the Airflow UI"
            )
        if waiting & answered:
            waiting -= answered
            say(f"uploads: {len(uploads) - len(waiting)} of {len(uploads)} are answered")
        time.sleep(1)


def _wait_for_dags(airflow: Airflow, wanted: set[str], console: Console) -> None:
    deadline = time.monotonic() + DAGS_KNOWN_S
    while missing := wanted - set(airflow.dags()):
        if time.monotonic() > deadline:
            raise LakehouseError(f"Airflow does not know these DAGs: {', '.join(sorted(missing))}; see its log")
        console.print("[dim]waiting for Airflow to read the DAGs[/dim]")
        time.sleep(3)
