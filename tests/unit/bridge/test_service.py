"""The bridge with a real broker and a real MinIO: what is acknowledged when, and what is told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from paho.mqtt import client as mqtt

from bridge import batch, metrics
from bridge.config import ROLE
from bridge.service import FEED, STORE_PATIENCE_S, Bridge
from infra.local.config import Stack
from lakehouse import names
from lakehouse.ingest import landing
from lakehouse.storage import ObjectStore
from tests.support import program
from tests.support.broker import landed, publish, root, settings_of, waiting

TOLD = "smartvest_bridge_messages"


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def bridging(stack: Stack, store: ObjectStore | None = None, **other: Any) -> Iterator[Bridge]:
    """A bridge in a thread, subscribed."""
    settings = settings_of(stack, **other)
    bridge = Bridge(settings, store or ObjectStore.for_role(settings, ROLE, STORE_PATIENCE_S))
    thread = threading.Thread(target=bridge.run)
    thread.start()
    try:
        eventually(lambda: metrics.CONNECTED._value.get() == 1)
        yield bridge
    finally:
        bridge.stop()
        thread.join(60)
        assert not thread.is_alive()


@pytest.fixture(autouse=True)
def empty(served: Stack) -> None:
    """Nothing landed before the test, and nothing waits."""
    store = root(served)
    for key in store.list(names.RAW, f"{FEED}/"):
        store.delete(names.RAW, key)


class Watched(ObjectStore):
    """Notes each receipt, and may be away for a while."""

    def __init__(self, stack: Stack, notes: list[str], away: int = 0) -> None:
        settings = settings_of(stack)
        super().__init__(settings.s3_endpoint, *settings.keys(ROLE), settings.s3_region, STORE_PATIENCE_S)
        self.notes, self.away = notes, away

    def put_new(self, bucket: str, key: str, *rest: Any, **more: Any) -> bool:
        if self.away > 0:
            self.away -= 1
            self.notes.append("away")
            raise httpx.ConnectError("the store is away")
        done = super().put_new(bucket, key, *rest, **more)
        self.notes.append("receipt")
        return done


def test_messages_are_acknowledged_after_the_receipt_and_not_before(
    served: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes: list[str] = []
    acknowledge = mqtt.Client.ack

    def ack(self: mqtt.Client, mid: int, qos: int) -> Any:
        notes.append("ack")
        return acknowledge(self, mid, qos)

    monkeypatch.setattr(mqtt.Client, "ack", ack)
    with bridging(served, Watched(served, notes)):
        publish(served, b"1", b"2", b"3")
        eventually(lambda: notes == ["receipt", "ack", "ack", "ack"])
        publish(served, b"4")
        eventually(lambda: notes == ["receipt", "ack", "ack", "ack", "receipt", "ack"])
    assert [line["payload"] for line in landed(served)] == ["1", "2", "3", "4"]
    first, second = (landing.receipt(root(served), FEED, each) for each in landing.deliveries(root(served), FEED))
    assert first is not None and second is not None
    assert first.fetched_at < second.fetched_at and first.delivery < second.delivery
    assert (first.feed, first.file, first.licence) == (FEED, "messages.jsonl.gz", None)
    assert first.address == f"mqtts://localhost:{served.ports['broker']}"


def test_the_next_receipt_tells_what_was_refused_and_how_often_the_store_was_lost(served: Stack) -> None:
    with bridging(served, Watched(served, [], away=1), bridge_max_message_bytes=9) as bridge:
        publish(served, b"much too long")
        eventually(lambda: bridge._refused == {batch.TOO_LARGE: 1})
        publish(served, b"1", b"2", b"also too long")
        eventually(lambda: len(landed(served)) == 2)
        publish(served, b"3")
        eventually(lambda: len(landed(served)) == 3)
    receipts = [landing.receipt(root(served), FEED, each) for each in landing.deliveries(root(served), FEED)]
    first, second = (receipt.bridge for receipt in receipts if receipt and receipt.bridge)
    assert (first.messages, first.refused, first.reconnects) == (2, {batch.TOO_LARGE: 2}, 1)
    assert (second.messages, second.refused, second.reconnects) == (1, {}, 0)
    # the pause before the store was tried again, and two seconds of the batch
    assert first.lag_seconds > 3 > second.lag_seconds >= batch.CLOSES_AFTER_S


def test_while_the_store_is_away_nothing_is_acknowledged_and_the_broker_keeps_everything(served: Stack) -> None:
    notes: list[str] = []
    failed = metrics.RECONNECTS._value.get()
    with bridging(served, Watched(served, notes, away=1_000)):
        publish(served, b"1", b"2")
        eventually(lambda: "away" in notes)
        eventually(lambda: next(iter(metrics.LAG.collect())).samples[0].value > 3)
    assert "receipt" not in notes and landed(served) == []
    assert metrics.RECONNECTS._value.get() > failed
    with bridging(served):
        eventually(lambda: {line["payload"] for line in landed(served)} == {"1", "2"})


def told(stack: Stack) -> str:
    address = f"http://127.0.0.1:{stack.ports['bridge']}/metrics"
    return httpx.get(address, trust_env=False).text


def test_told_to_end_the_program_lands_what_it_holds_and_it_tells_numbers_only(served: Stack) -> None:
    with program.running(served, "bridge") as bridge:
        publish(served, *(f"s3cret {number}".encode() for number in range(50)))
        publish(served, b"s3cret" * 20_000, b"s3cret \xff")
        publish(served, b"s3cret", topic="application//device/t0pic/event/up")
        eventually(lambda: f"{TOLD}_landed_total 51.0" in told(served))
        for line in (
            f"{TOLD}_received_total 53.0",
            f'{TOLD}_refused_total{{reason="{batch.TOO_LARGE}"}} 1.0',
            f'{TOLD}_refused_total{{reason="{batch.WRONG_TOPIC}"}} 1.0',
            "smartvest_bridge_reconnects_total 0.0",
            "smartvest_bridge_connected 1.0",
            "smartvest_bridge_lag_seconds 0.0",
        ):
            assert line in told(served)
        publish(served, b"last")
        # the broker has handed it over; the bridge's two seconds are not over
        eventually(lambda: f"{TOLD}_received_total 54.0" in told(served))
        assert bridge.terminate() == 0
        log = bridge.log.read_text("utf-8")
    assert "1 too large, 1 wrong topic" in log and "s3cret" not in log and "t0pic" not in log
    lines = landed(served)
    assert sorted(line["payload"] for line in lines if "payload" in line) == sorted(
        ["last", *(f"s3cret {number}" for number in range(50))]
    )
    assert [line["payload_base64"] for line in lines if "payload_base64" in line] == ["czNjcmV0IP8="]
    assert waiting(served) == []


def test_a_wrong_password_is_told_and_tried_again(served: Stack, caplog: pytest.LogCaptureFixture) -> None:
    settings = settings_of(served, mqtt_password="wrong")
    bridge = Bridge(settings, Watched(served, []))
    thread = threading.Thread(target=bridge.run)
    thread.start()
    eventually(lambda: caplog.text.count("refuses the connection") > 1)
    bridge.stop()
    thread.join(60)
    assert not thread.is_alive() and "wrong" not in json.dumps([r.getMessage() for r in caplog.records])
