"""What a batch takes, refuses and holds."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
from paho.mqtt.client import MQTTMessage
from pydantic import SecretStr

from bridge import batch, service
from bridge.batch import Batch
from bridge.config import BridgeSettings
from lakehouse.ingest import landing
from tests.support.broker import UPLINK
from tests.support.memory import MemoryStore

FILTERS = ["application/+/device/+/event/+", "v3/+/devices/+/+"]


def message(payload: bytes = b"{}", topic: bytes = UPLINK.encode(), mid: int = 1) -> MQTTMessage:
    made = MQTTMessage(mid, topic)
    made.payload, made.qos = payload, 1
    return made


def test_a_line_has_topic_time_and_payload_as_text() -> None:
    made = Batch(FILTERS, 100)
    made.add(message('{"ä": "☃\\n"}'.encode()), 0)
    made.add(message(b"two\nlines"), 0)
    first, second = map(json.loads, gzip.decompress(made.packed()).splitlines())
    assert first["topic"] == UPLINK and json.loads(first["payload"]) == {"ä": "☃\n"}
    assert first["received_at"].endswith("Z") and len(first["received_at"]) == 27
    assert second["payload"] == "two\nlines"


def test_what_is_not_utf_8_is_kept_in_base64() -> None:
    made = Batch(FILTERS, 100)
    made.add(message(b"\xff\x00"), 0)
    line = json.loads(made.lines[0])
    assert base64.b64decode(line["payload_base64"]) == b"\xff\x00" and "payload" not in line
    assert not made.refused


def test_a_payload_of_the_bound_is_taken_and_one_byte_more_is_not() -> None:
    made = Batch(FILTERS, 100)
    made.add(message(b"x" * 100), 0)
    made.add(message(b"x" * 101, mid=2), 0)
    assert len(made.lines) == 1 and made.refused == {batch.TOO_LARGE: 1}
    assert made.handles == [(1, 1), (2, 1)]


@pytest.mark.parametrize(
    "topic",
    [
        b"application/a/device/b/event",
        b"application/a/device/b/event/up/more",
        b"application//device/b/event/up",
        b"application/a\n/device/b/event/up",
        b"application/\xff/device/b/event/up",
        b"application/" + b"a" * 512 + b"/device/b/event/up",
        b"other",
        b"$SYS/broker/version",
    ],
)
def test_a_topic_of_another_shape_is_refused(topic: bytes) -> None:
    made = Batch(FILTERS, 100)
    made.add(message(topic=topic), 0)
    assert made.lines == [] and made.refused == {batch.WRONG_TOPIC: 1} and made.handles == [(1, 1)]


@pytest.mark.parametrize("topic", [b"v3/app@ttn/devices/dev-1/up", b"application/\xc3\xa4/device/b/event/join"])
def test_topics_of_both_network_servers_are_taken(topic: bytes) -> None:
    made = Batch(FILTERS, 100)
    made.add(message(topic=topic), 0)
    assert json.loads(made.lines[0])["topic"] == topic.decode()


def test_an_empty_batch_never_closes() -> None:
    made = Batch(FILTERS, 100)
    assert not made.is_closed(1e9) and made.seconds_left(1e9) == batch.CLOSES_AFTER_S


def test_a_batch_closes_by_the_age_of_its_first_message() -> None:
    made = Batch(FILTERS, 100)
    made.add(message(), 10.0)
    made.add(message(), 11.5)
    assert made.seconds_left(11.5) == pytest.approx(0.5)
    assert not made.is_closed(11.9) and made.is_closed(12.0)


def test_a_batch_closes_by_number_refused_ones_included() -> None:
    made = Batch(FILTERS, 1)
    for _ in range(batch.CLOSES_AT_MESSAGES - 1):
        made.add(message(b"too long"), 0)
    assert not made.is_closed(0)
    made.add(message(b"{"), 0)
    assert made.is_closed(0)


def test_a_batch_closes_by_size() -> None:
    made = Batch(FILTERS, batch.CLOSES_AT_BYTES)
    made.add(message(b"x" * (batch.CLOSES_AT_BYTES - 1000)), 0)
    assert not made.is_closed(0)
    made.add(message(b"x" * 1000), 0)
    assert made.is_closed(0)


def test_the_same_lines_give_the_same_bytes() -> None:
    made = Batch(FILTERS, 100)
    made.add(message(), 0)
    # a gzip that tells when it was made has the time here
    assert made.packed()[4:8] == bytes(4)


def test_a_clock_that_is_set_back_puts_no_batch_before_another(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = BridgeSettings(
        _env_file=None, state_dir=tmp_path, s3_endpoint="http://127.0.0.1:1", s3_region="eu",
        mqtt_host="broker", mqtt_user="bridge",
        mqtt_password=SecretStr("p"),
    )  # fmt: skip
    bridge, made = service.Bridge(settings, store), Batch(FILTERS, 100)
    made.add(message(), 0)
    told = iter([dt.datetime(2026, 10, 25, 2, tzinfo=dt.UTC), dt.datetime(2026, 10, 25, 1, 59, tzinfo=dt.UTC)])
    clock = SimpleNamespace(datetime=SimpleNamespace(now=lambda _: next(told)), timedelta=dt.timedelta, UTC=dt.UTC)
    monkeypatch.setattr(service, "dt", clock)
    first, second = bridge._land(made, Counter()), bridge._land(made, Counter())
    assert first < second
    assert list(landing.landed_after(store, service.FEED, first)) == [second]
