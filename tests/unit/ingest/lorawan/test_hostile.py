"""A message that lies, or is none, is refused with its reason, and costs itself only."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakehouse.ingest.lorawan.decode import MAX_PAYLOAD, decode
from lakehouse.ingest.lorawan.messages import Undecodable
from tests.support.uplinks import CHIRPSTACK, CHIRPSTACK_V3, DEVICE, EUI, THINGS_STACK, text, tts, v3, v4

HEARD = v4()["rxInfo"][0]


def refused(topic: str, payload: Any) -> str:
    with pytest.raises(Undecodable) as error:
        decode(topic, payload if isinstance(payload, bytes) else text(payload))
    return str(error.value)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "is empty"),
        (b"\xff{}", "is not UTF-8: byte 1 is 0xff"),
        (b'{"time": "2026', "is not valid JSON: Unterminated string starting at at column 10"),
        (b"17", "has 17 at its top, no object"),
        (b'[{"deviceInfo": {}}]', "has [{\"deviceInfo\":{}}] at its top, no object"),
        (b"[" * 100_000, "is nested deeper than 64"),
        (b'{"object": ' + b"[" * 70 + b"]" * 70 + b"}", "is nested deeper than 64"),
        (b'{"fCnt": NaN}', "holds NaN, which is not a JSON number"),
        (b'{"fCnt": 1, "fCnt": 2}', "holds the name 'fCnt' twice in one object"),
        (b'"' + b"a" * MAX_PAYLOAD + b'"', "has 1048578 bytes, more than 1048576"),
        (b"{}", "has neither deviceInfo (ChirpStack 4) nor devEUI (ChirpStack 3)"),
    ],
)  # fmt: skip
def test_what_is_no_message_of_a_server(payload: bytes, reason: str) -> None:
    assert refused(f"{CHIRPSTACK}/up", payload) == reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"fCnt": -1}, "has -1 at fCnt, no whole number from 0 to 4294967295"),
        ({"fCnt": 2**32}, "has 4294967296 at fCnt, no whole number from 0 to 4294967295"),
        ({"fCnt": 1.5}, "has 1.5 at fCnt, no whole number from 0 to 4294967295"),
        ({"fCnt": "many"}, 'has "many" at fCnt, no whole number from 0 to 4294967295'),
        ({"fCnt": "\u0667"}, "no whole number from 0 to 4294967295"),
        ({"fCnt": True}, "has true at fCnt, no whole number from 0 to 4294967295"),
        ({"fCnt": [7]}, "has [7] at fCnt, no whole number from 0 to 4294967295"),
        ({"fPort": 256}, "has 256 at fPort, no whole number from 0 to 255"),
        ({"time": None}, "has no time"),
        ({"time": 1_700_000_000}, "has 1700000000 at time, no time as RFC 3339 writes it"),
        ({"time": "2026-11-22T10:00:00"}, 'has "2026-11-22T10:00:00" at time, no time as RFC 3339 writes it'),
        ({"time": "0001-01-01T00:00:00Z"}, 'has "0001-01-01T00:00:00Z" at time, no time of the years 2015 to 2099'),
        ({"time": "9999-12-31T23:59:59Z"}, 'has "9999-12-31T23:59:59Z" at time, no time of the years 2015 to 2099'),
        ({"time": "2026-02-30T00:00:00Z"}, 'has "2026-02-30T00:00:00Z" at time, no time that exists'),
        ({"data": "*"}, 'has "*" at data, no base64'),
        ({"data": "A" * 400}, "has 300 bytes at data, more than a frame holds"),
        ({"devAddr": "0018944"}, 'has "0018944" at devAddr, no identifier of 4 bytes'),
        ({"deviceInfo": []}, "has [] at deviceInfo, no object"),
        ({"deviceInfo": {**DEVICE, "devEui": "01" * 6}}, "at deviceInfo.devEui, no identifier of 8 bytes"),
        ({"deviceInfo": {"deviceName": "x"}}, "has no EUI of its device"),
        ({"deviceInfo": {**DEVICE, "devEui": "02" * 8}}, f"is of device 0202020202020202, and its topic of {EUI}"),
        ({"deviceInfo": {**DEVICE, "deviceName": "x" * 201}}, "no text of at most 200 characters of Unicode"),
        ({"deviceInfo": {**DEVICE, "deviceName": "\ud800"}}, "no text of at most 200 characters of Unicode"),
        ({"deduplicationId": "\0"}, r'has "\u0000" at deduplicationId, no text of at most 200 characters of Unicode'),
        ({"rxInfo": {}}, "has {} at rxInfo, no array"),
        ({"rxInfo": [7]}, "has 7 at rxInfo.0, no object"),
        ({"rxInfo": [{"rssi": -50}]}, "has no gatewayId at rxInfo.0"),
        ({"rxInfo": [{"gatewayId": "0016c0"}]}, 'has "0016c0" at rxInfo.0.gatewayId, no identifier of 8 bytes'),
        ({"rxInfo": [{**HEARD, "rssi": "loud"}]}, 'has "loud" at rxInfo.0.rssi, no number from -200 to 50'),
        ({"rxInfo": [{**HEARD, "snr": 1e300}]}, "has 1e+300 at rxInfo.0.snr, no number from -100 to 100"),
        ({"rxInfo": [{**HEARD, "location": {"latitude": 91}}]}, "rxInfo.0.location.latitude, no number from -90 to 90"),
        ({"txInfo": {"frequency": -868}}, "has -868 at txInfo.frequency, no whole number from 0 to 4294967295"),
        ({"object": 7}, "has 7 at object, no object"),
        ({"object": {"": 1}}, 'has "" in object, which is no name of a quantity'),
        ({"object": {"a.b": 1, "a": {"b": 2}}}, 'has "a.b" in object, twice'),
        ({"object": {"x" * 201: 1}}, "in object, which is no name of a quantity"),
        ({"object": dict.fromkeys(map(str, range(1001)), 0)}, "has more than 1000 quantities in object"),
    ],
)  # fmt: skip
def test_a_member_that_cannot_be_true(changes: dict[str, Any], reason: str) -> None:
    assert refused(f"{CHIRPSTACK}/up", v4(**changes)).endswith(reason)


@pytest.mark.parametrize("number", ["1e400", "-1e400", "9" * 400])
def test_a_number_that_no_double_holds(number: str) -> None:
    payload = text(v4()).replace(b"21.5", number.encode())
    assert re.fullmatch(
        r"has \S+( …)? at object.temperature, too large for a double", refused(f"{CHIRPSTACK}/up", payload)
    )
    digits = text(v4()).replace(b'"fCnt": 7', b'"fCnt": ' + b"7" * 5000)
    assert "at fCnt, no whole number" in refused(f"{CHIRPSTACK}/up", digits)


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        ("", 'came under the topic "", which is of no known network server'),
        ("application/1/device/0101010101010101", "which is of no known network server"),
        (f"{CHIRPSTACK}/boom", 'is of a kind that is not known: "boom"'),
        (f"{THINGS_STACK}/sideways", 'is of a kind that is not known: "sideways"'),
        ("v3/app1@tenant1/devices/dev2/up", "is of device 'dev1', and its topic of 'dev2'"),
    ],
)
def test_a_topic_that_is_of_another_device_or_of_nobody(topic: str, reason: str) -> None:
    assert refused(topic, tts()).endswith(reason)


def test_what_only_one_server_can_get_wrong() -> None:
    assert refused(f"{THINGS_STACK}/up", {**tts(), "simulated": True}) == "is simulated: no device sent it"
    assert refused(f"{THINGS_STACK}/up", tts(received_at=None)) == "has no uplink_message.received_at"
    nameless = {**tts(), "end_device_ids": {"device_id": "dev1"}}
    assert refused(f"{THINGS_STACK}/up", nameless) == "has no EUI of its device"
    assert refused(f"{CHIRPSTACK_V3}/up", v3(objectJSON="{")).startswith("has an objectJSON that is not valid JSON")
    assert refused(f"{CHIRPSTACK_V3}/up", v3(objectJSON=5)) == "has an objectJSON that is no text"
    nothing = {"gatewayID": "AwMDAwMDAwM="}
    assert refused(f"{CHIRPSTACK_V3}/up", v3(rxInfo=[nothing])).endswith("nothing tells it from other frames")
    assert refused(f"{CHIRPSTACK_V3}/up", v3(devEUI="BAQEBAQEBAQ=")).startswith("is of device 0404040404040404")
    status = {"time": "2026-11-22T10:00:00Z", "deviceInfo": DEVICE, "batteryLevel": 101}
    assert refused(f"{CHIRPSTACK}/status", status) == "has 101 at batteryLevel, no number from 0 to 100"


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([(CHIRPSTACK, v4), (CHIRPSTACK_V3, v3), (THINGS_STACK, tts)]), st.data())
def test_any_value_anywhere_is_read_or_refused_and_never_an_error(server: tuple[str, Any], data: st.DataObject) -> None:
    topic, make = server
    message = json.loads(text(make()))
    node: Any = message
    while True:
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        if not isinstance(node[key], dict | list) or not node[key] or data.draw(st.booleans()):
            break
        node = node[key]
    node[key] = data.draw(ANY)
    try:
        decode(f"{topic}/up", json.dumps(message).encode())
    except Undecodable as problem:
        assert str(problem)
