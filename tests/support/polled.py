"""Releases of deliveries in random order, some stopped by a seeded defect, while somebody reads all the time."""

from __future__ import annotations

import os
import random
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal

from airflow.sdk.exceptions import AirflowFailException

from lakehouse import open_release
from lakehouse.lake import compare
from lakehouse.lake.affected import latest_version
from lakehouse.lake.build_plan import BuildPlan
from lakehouse.lake.release import Manifest, latest
from lakehouse.settings import state_dir
from spark_jobs import dbt_project, session
from spark_jobs.dbt_project import Dbt
from spark_jobs.release import Candidate, measure
from tests.support.built import make_release, run_feed
from tests.support.stack import LocalStack

ESF, ESF_FILE = "esf_nrw__grant", "eu_funds/DEA.nordrhein-westfalen/ESF 2007-2013/ESF-Data-NRW-2007-2013.csv"
UBA, UBA_FILE = "uba__air_quality_hour", "air_muenster/luftqualitaet_muenster_2020-01-01_2022-01-01_station1140.csv"
UBA_OTHER_FILE = "air_muenster/luftqualitaet_muenster_2022-01-01_2024-01-01_station1140.csv"
BROADBAND, BROADBAND_FILE = "breitbandatlas__household_coverage", "breitbandatlas/Paket_3/gemeinde_privat_2018_ende.csv"
MADE_OF = {ESF: ("fct_grant", "mart_funding"), UBA: ("fct_air_quality_hour", "mart_air_quality_daily")}
SUMS = """SELECT (SELECT sum(amount_eur) FROM mart_funding),
    (SELECT sum(amount_eur) FROM fct_grant WHERE left(seat_ags, 5) = '05562'),
    (SELECT count(*) FROM mart_connectivity),
    (SELECT sum(mean_ug_m3) FROM mart_air_quality_daily)"""
Sums = tuple[Decimal, Decimal, int, Decimal]


@dataclass
class Seen:
    """What a reader saw: the sums of every release that it opened, and what it could not read."""

    sums: dict[int, set[Sums]] = field(default_factory=dict)
    errors: list[Exception] = field(default_factory=list)
    reads: int = 0


@contextmanager
def reading(stack: LocalStack) -> Iterator[Seen]:
    """Reads the current release again and again, each time twice by one connection."""
    seen, over = Seen(), threading.Event()

    def read() -> None:
        while not over.is_set():
            try:
                opened = open_release(settings=stack.settings)
                connection, found = opened.connection, opened.manifest
                for _ in range(2):
                    seen.sums.setdefault(found.release, set()).update(connection.execute(SUMS).fetchall())
                    seen.reads += 1
                connection.close()
                # a reader who never rests would take a core from those who build
                over.wait(1)
            except Exception as error:  # noqa: BLE001 - any of them is a finding
                seen.errors.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield seen
    finally:
        over.set()
        reader.join()


@dataclass(frozen=True)
class Delivered:
    """A delivery that changes figures, and what must be named as the cause of each that changed."""

    feed: str
    file: str
    change: Callable[[str], str]
    cause: str


def history(releases: int, seed: int) -> list[Delivered]:
    """As many deliveries in random order, three of ten of the feed whose marts grow: new, corrected and late hours."""
    grants = [Delivered(ESF, ESF_FILE, _raise(number), "correction") for number in range(releases * 7 // 10)]
    hours = [
        (
            Delivered(UBA, UBA_FILE, _add_hour(2020, number), "new delivery"),
            Delivered(UBA, UBA_FILE, _correct_hour(number), "correction"),
            # published before what the feed delivered last from its other address
            Delivered(UBA, UBA_OTHER_FILE, _add_hour(2022, number), "late data"),
        )[number % 3]
        for number in range(3 * (releases // 10))
    ]
    turns = [ESF] * len(grants) + [UBA] * len(hours)
    random.Random(seed).shuffle(turns)
    waiting = {ESF: iter(grants), UBA: iter(hours)}
    return [next(waiting[feed]) for feed in turns]


def release_often(stack: LocalStack, deliveries: list[Delivered], defect_every: int = 4) -> dict[int, Sums]:
    """Makes a release of each delivery, after some of them a delivery with a defect, which must make none.

    Returns:
        the sums of each release, read alone when it had just been made.

    Raises:
        AssertionError: a defect was released, or a changed cell has another cause than its delivery.
    """
    made: dict[int, Sums] = {}
    for number, delivery in enumerate(deliveries):
        _publish(stack, delivery)
        run_feed(delivery.feed, f"good {number}")
        release = _release(stack, f"good {number}")
        made[release] = stack.query(SUMS)[0]  # type: ignore[assignment]
        for mart in MADE_OF[delivery.feed]:
            causes = _causes(stack, release, mart)
            assert causes == {delivery.cause}, f"release {number}: {mart} changed by {causes}, not {delivery.cause}"
        if number % defect_every == defect_every - 1:
            feed, file, damage = DEFECTS[number // defect_every % len(DEFECTS)]
            good = (stack.feeds_dir / file).read_bytes()
            stack.edit(file, damage)
            run_feed(feed, f"bad {number}")
            with suppress(AirflowFailException):
                _release(stack, f"bad {number}")
                raise AssertionError(f"a defect in {feed} was released")
            stack.edit(file, lambda _, good=good: good.decode("utf-8"))  # type: ignore[misc]
            run_feed(feed, f"mended {number}")
    return made


def rebuilt(stack: LocalStack, found: Manifest, marts: tuple[str, ...]) -> dict[str, Candidate]:
    """What marts that grew over releases are when they are built from the whole tables that a release pins."""
    target = state_dir() / "dbt"
    plan = BuildPlan({feed: pin.version for feed, pin in found.silver.items()}, {}, {}, {}, {}, found.code)
    project = dbt_project.copy(stack.sources_dir, plan.pins, target / "project")
    dbt, store = Dbt(stack.settings, plan, project, target), stack.store("spark")
    described = dbt.parse()
    with session.connect(stack.settings) as spark:
        dbt.build(spark, [described[mart]["path"] for mart in marts], [])
        return measure(spark, {mart: latest_version(store, mart, found.marts[mart].version) for mart in marts})


def _publish(stack: LocalStack, delivery: Delivered) -> None:
    path = stack.feeds_dir / delivery.file
    known = path.stat().st_mtime
    stack.edit(delivery.file, delivery.change)
    if delivery.cause == "late data":
        os.utime(path, (known + 1,) * 2)


def _raise(number: int) -> Callable[[str], str]:
    """One grant of the sample is raised by some euros."""
    mention = "Bildungsschecks /Beratungsstellen,"
    before = "500 €" if number == 0 else f"{2000 + number - 1} €"
    return lambda text: text.replace(mention + before, f"{mention}{2000 + number} €")


def _add_hour(year: int, number: int) -> Callable[[str], str]:
    """An hour of a day that the sample lacks."""
    line = f"DENW095;\"'{year}-07-{number + 1:02} 12:00'\";{10 + number};21.5;29;-;good"
    return lambda text: text.replace('\n\n"Source: ', f'\n{line}\n\n"Source: ', 1)


def _correct_hour(number: int) -> Callable[[str], str]:
    """Another figure for an hour of the sample."""
    return lambda text: re.sub(r"('2020-03-28 24:00'\";)\d+;", rf"\g<1>{20 + number};", text)


def _move_two_cities_away(text: str) -> str:
    return text.replace(",Marl,", ",Marburg,").replace(",Dorsten,", ",Dormagen,")


def _rename_gelsenkirchen(text: str) -> str:
    return text.replace('"05513000"', '"05513999"')


# the first is stopped by the gate before the release, the second by a test of dbt
DEFECTS = ((ESF, ESF_FILE, _move_two_cities_away), (BROADBAND, BROADBAND_FILE, _rename_gelsenkirchen))


def _release(stack: LocalStack, run: str) -> int:
    make_release(stack, run)
    found = latest(stack.store("spark"))
    assert found is not None
    return found.release


def _causes(stack: LocalStack, release: int, mart: str) -> set[str]:
    """Causes of all cells of a mart that are not what they were in the release before."""
    found = compare.open_comparison(stack.settings, release - 1, release, named=f"changes.{mart}").connection
    with found:
        return {cause for (cause,) in found.execute(f"SELECT DISTINCT unnest(causes) FROM changes.{mart}").fetchall()}
