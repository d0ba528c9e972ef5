"""The truth of a simulation is what the parser makes of its messages, once copies are taken away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from infra.sensors.simulation import Message
from infra.sensors.truth import Truth
from lakehouse.ingest.lorawan.frames import loss
from tests.unit.sensors.conftest import Rows, at

Day = tuple[list[Message], Truth]
RowsOf = Callable[[str], Rows]


def once(rows: Rows, *key: str) -> Iterable[dict[str, Any]]:
    """One row that can be read for each key, as silver keeps them."""
    found = {tuple(row[name] for name in key): row for row in rows if row["_record_error"] is None}
    assert len(found) < len(rows)
    return found.values()


def test_readings_are_those_that_the_parser_finds(day: Day, rows_of: RowsOf) -> None:
    rows = once(rows_of("readings"), "observed_at", "message_id", "quantity")
    found = [
        (row["device_eui"], at(row), row["quantity"], row["text"] or float(row["value"]))
        for row in rows
    ]  # fmt: skip
    assert Counter(found) == Counter(tuple(one) for one in day[1].readings)
    assert len(found) == day[1].rows["readings"] > 5_000


def test_receptions_are_those_that_the_parser_finds(day: Day, rows_of: RowsOf) -> None:
    rows = once(rows_of("receptions"), "observed_at", "message_id", "gateway_id")
    found = [
        (
            row["device_eui"], at(row), row["gateway_id"],
            float(row["rssi_dbm"]), float(row["snr_db"]), int(row["spreading_factor"]),
        )
        for row in rows
    ]  # fmt: skip
    assert Counter(found) == Counter(tuple(one) for one in day[1].receptions)
    assert len(found) == day[1].rows["receptions"] > 5_000


def test_events_are_those_that_the_parser_finds(day: Day, rows_of: RowsOf) -> None:
    rows = once(rows_of("events"), "observed_at", "message_id", "event")
    told = [tuple(one) for one in day[1].events]
    timeless = {eui for eui, moment, _, _ in told if moment is None}
    found = [
        (
            row["device_eui"],
            None if row["event"] == "status" and row["device_eui"] in timeless else at(row),
            row["event"],
            None if row["battery_level_pct"] is None else float(row["battery_level_pct"]),
        )
        for row in rows
    ]
    assert Counter(found) == Counter(told)
    assert timeless and {event for _, _, event, _ in found} == {"join", "status"}
    assert len(found) == day[1].rows["events"]


def test_what_nothing_decodes_is_counted_with_its_copies(day: Day, rows_of: RowsOf) -> None:
    reasons = [row["_record_error"] for row in rows_of("readings") if row["_record_error"] is not None]
    assert len(reasons) == day[1].undecodable + day[1].undecodable_copies
    assert all("no codec is declared" in reason for reason in reasons)
    assert day[1].undecodable > 50 and day[1].undecodable_copies > 0


def test_frames_lost_are_those_that_the_counters_show(day: Day, rows_of: RowsOf) -> None:
    frames: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for row in rows_of("receptions"):
        session = row["session"]
        frames.setdefault((row["device_eui"], session), []).append((session, int(row["f_cnt"])))
    shown = {key: loss(told) for key, told in frames.items()}
    assert shown == {key: (told.heard, told.lost) for key, told in day[1].sessions.items() if told.heard}
    assert sum(lost for _, lost in shown.values()) > 30
    assert all(told.sent >= told.heard + told.lost for told in day[1].sessions.values())
    assert sum(told.sent - told.heard - told.lost for told in day[1].sessions.values()) > 0


def test_messages_and_copies_are_counted(day: Day) -> None:
    messages, truth = day
    # a status of ChirpStack 3 tells no time: two may be alike
    told = [one[:2] for one in messages if not one.topic.endswith("/status") or b'"time"' in one.payload]
    copies = len(told) - len(set(told))
    assert truth.published == len(messages) > 3_000
    assert copies == truth.copies.total() and min(truth.copies["duplicate"], truth.copies["replay"]) > 2
