"""What devices and gateways had of each other, month by month: against the rules in Python, and grown against whole."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter, defaultdict
from typing import Any

from pyspark.sql import SparkSession

from lakehouse.ingest.lorawan.frames import loss
from tests.support.receptions import KEYS, Rows, built, counters, delivery, grown, month_of, reception

FRAMES, LINKS = "fct_lorawan_frame_month", "fct_lorawan_link_month"
# the clocks change within the months, and the last hours of a month in UTC are the next month in the region
BEGIN = dt.datetime(2026, 2, 27, 20, tzinfo=dt.UTC)
STEP = dt.timedelta(minutes=7)


def heard(chance: random.Random, session: str, came: list[int], step: dt.timedelta, **more: Any) -> Rows:
    """Receptions of frames in the order in which they came, by one to three gateways."""
    return [
        reception(
            message_id=f"{session}-{number}",
            session=session,
            f_cnt=counter,
            observed_at=BEGIN + step * number,
            gateway_id=f"g{gateway}",
            **more,
        )
        for number, counter in enumerate(came)
        for gateway in range(chance.randint(1, 3))
    ]


def test_frames_that_never_came_are_those_that_the_rules_say(spark: SparkSession) -> None:
    chance = random.Random(9820)
    sequences = {f"s{number}": counters(chance, chance.randint(1, 25)) for number in range(1500)}
    rows = [row for session, came in sequences.items() for row in heard(chance, session, came, dt.timedelta(seconds=9))]
    found = built(spark, FRAMES, rows)
    assert {(session, month_of(BEGIN)) for session in sequences} == {key[1:] for key in found}
    for (_, session, _), row in found.items():
        lost = row["frames_expected"] - row["frames_received"]
        assert (row["frames_received"], lost) == loss([("s", counter) for counter in sequences[session]]), session
        assert row["uplinks"] == len(sequences[session])


def test_over_the_months_of_a_session_as_much_is_lost_as_in_all_of_it(spark: SparkSession) -> None:
    """Where nothing comes in a later month than a frame behind it; copies come at once."""
    chance = random.Random(3035)
    sequences = {}
    for number in range(300):
        at, size = (2**16 - 4000, 2**16) if number % 2 else (70_000, 2**32)
        came = []
        for _ in range(25):
            at += chance.choice([1, 1, 1, 2, 40, 9_000])
            came += [at % size] * chance.randint(1, 2)
        sequences[f"s{number}"] = came
    rows = [row for session, came in sequences.items() for row in heard(chance, session, came, dt.timedelta(days=2))]
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for (_, session, _), row in built(spark, FRAMES, rows).items():
        sums[session].update(months=1, received=row["frames_received"], expected=row["frames_expected"])
    assert min(count["months"] for count in sums.values()) >= 2
    for session, came in sequences.items():
        received, expected = sums[session]["received"], sums[session]["expected"]
        assert (received, expected - received) == loss([("s", counter) for counter in came]), session


def test_a_frame_of_an_earlier_month_that_comes_again_is_neither_heard_nor_lost(spark: SparkSession) -> None:
    march, april = dt.datetime(2026, 3, 5, tzinfo=dt.UTC), dt.datetime(2026, 4, 5, tzinfo=dt.UTC)
    came = [(march, 100), (march, 101), (march, 103), (april, 101), (april, 102), (april, 105), (april, None)]
    rows = [
        reception(message_id=str(n), f_cnt=counter, observed_at=at + dt.timedelta(minutes=n))
        for n, (at, counter) in enumerate(came)
    ]
    found = [row for _, row in sorted(built(spark, FRAMES, rows).items())]
    names = ("uplinks", "frames_expected", "frames_received", "newest_counter", "highest_counter")
    assert [tuple(row[name] for name in names) for row in found] == [(3, 4, 3, 103, 103), (4, 2, 1, 105, 105)]


def test_a_session_without_counters_or_without_a_name_is_still_heard(spark: SparkSession) -> None:
    rows = [reception(message_id="m", session=None, gateway_id=gateway, observed_at=BEGIN) for gateway in "ab"]
    [(key, row)] = built(spark, FRAMES, rows).items()
    assert key == ("a" * 16, "", month_of(BEGIN))
    names = ("uplinks", "uplinks_heard_once", "receptions", "frames_expected", "frames_received", "newest_counter")
    assert [row[name] for name in names] == [1, 0, 2, 0, 0, None]


def test_a_link_counts_every_value(spark: SparkSession) -> None:
    rows = measured(random.Random(1), 400)
    expected = links(rows)
    found = built(spark, LINKS, rows)
    assert set(found) == set(expected) and len(found) > 20
    for key, row in found.items():
        assert row == dict(zip(KEYS[LINKS], key, strict=True)) | expected[key]


def test_facts_that_grew_are_those_that_a_whole_build_makes(spark: SparkSession) -> None:
    chance = random.Random(2026)
    rows = measured(chance, 500)
    # most deliveries bring what is new, some what was heard weeks before; a copy of a build changes nothing
    parts: list[Rows] = [[] for _ in range(4)]
    for row in rows:
        number = min(3, (row["observed_at"] - BEGIN).days // 20)
        number = number if chance.random() < 0.9 else chance.randint(number, 3)
        parts[number].append(row | {"_delivery_id": delivery(number)})
    every = [row for part in parts for row in part]
    for model in KEYS:
        assert grown(spark, model, parts) == built(spark, model, every), model


def measured(chance: random.Random, count: int) -> Rows:
    """Receptions of ten devices by three gateways, over three months."""
    rows = []
    streams = {f"{device:016x}": iter(counters(chance, count)) for device in range(10)}
    for number in range(count):
        eui = chance.choice(list(streams))
        at = BEGIN + dt.timedelta(days=80) * number / count
        about = {"device_eui": eui, "message_id": str(number), "observed_at": at, "f_cnt": next(streams[eui]),
                 "session": f"s{chance.randrange(2)}", "spreading_factor": chance.choice([7, 9, 12, None])}  # fmt: skip
        for gateway in chance.sample("ghi", chance.randint(1, 3)):
            place = chance.choice([(51.6, 7.1, "C1"), (51.7, 7.2, "C2"), (0.0, 0.0, None), (None, None, None)])
            row = reception(
                **about,
                gateway_id=gateway,
                rssi_dbm=chance.choice([None, -110.0, -97.5, float(chance.randint(-120, -60))]),
                snr_db=chance.choice([None, 7.25, float(chance.randint(-20, 10))]),
            )
            rows.append(
                row | dict(zip(("gateway_latitude", "gateway_longitude", "gateway_cell_1km"), place, strict=True))
            )
    return rows


def links(rows: Rows) -> dict[tuple[Any, ...], dict[str, Any]]:
    groups: dict[tuple[Any, ...], Rows] = defaultdict(list)
    for row in rows:
        groups[row["device_eui"], row["gateway_id"], month_of(row["observed_at"])].append(row)
    found = {}
    for key, group in groups.items():
        located = [row for row in group if row["gateway_cell_1km"]]
        last = max(located, key=lambda row: row["observed_at"], default=reception())
        times = [naive(row["observed_at"]) for row in group]
        found[key] = {
            "receptions": len(group),
            "first_heard_at": min(times),
            "last_heard_at": max(times),
            **{f"{name}_counts": histogram(group, name) for name in ("rssi_dbm", "snr_db", "spreading_factor")},
            "gateway_located_at": naive(last["observed_at"]) if located else None,
            **{name: last.get(name) for name in ("gateway_latitude", "gateway_longitude", "gateway_cell_1km")},
        }
    return found


def histogram(rows: Rows, name: str) -> list[dict[str, Any]]:
    counts = Counter(row[name] for row in rows if row[name] is not None)
    return [{"value": value, "receptions": counts[value]} for value in sorted(counts)]


def naive(moment: dt.datetime) -> dt.datetime:
    # Spark gives local times of this process without a zone
    return moment.astimezone().replace(tzinfo=None)
