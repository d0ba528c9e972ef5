"""Messages of each network server as its documentation shows them become the same uplinks and events."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from lakehouse.ingest.lorawan.decode import decode
from lakehouse.ingest.lorawan.messages import Device, DeviceEvent, Radio, Reading, Reception, Uplink, message_id
from tests.support.uplinks import CHIRPSTACK, CHIRPSTACK_V3, DEVICE, EUI, THINGS_STACK, text, tts, v3, v4


def uplink(topic: str, message: Any) -> Uplink:
    found = decode(f"{topic}/up", text(message))
    assert isinstance(found, Uplink)
    return found


def event(topic: str, message: Any) -> DeviceEvent:
    found = decode(topic, text(message))
    assert isinstance(found, DeviceEvent)
    return found


def utc(second: int, microsecond: int = 0) -> dt.datetime:
    return dt.datetime(2026, 11, 22, 10, 0, second, microsecond, dt.UTC)


def test_an_uplink_of_chirpstack_4() -> None:
    assert uplink(CHIRPSTACK, v4()) == Uplink(
        device=Device(EUI, "Baum 17", "Bodenfeuchte"),
        session="00189440",
        f_cnt=7,
        f_port=1,
        observed_at=utc(0, 123456),
        data=bytes.fromhex("020b5000020b3b"),
        readings=(Reading("temperature", 21.5), Reading("door.open", 1.0)),
        radio=Radio(867100000, 7, 125000, 5),
        receptions=(Reception("0016c001f1500812", -57, 10, 51.58, 7.24, 60),),
        deduplication_id="3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
    )


def test_what_chirpstack_4_leaves_out_is_zero_or_false() -> None:
    bare = v4(dr=None, fCnt=None, fPort=None, data=None, object=None, rxInfo=[{"gatewayId": "0016c001f1500812"}])
    found = uplink(CHIRPSTACK, bare)
    assert (found.f_cnt, found.f_port, found.data, found.readings, found.radio.data_rate) == (0, 0, b"", None, 0)
    assert found.receptions == (Reception("0016c001f1500812", 0, 0, None, None, None),), "0, 0 is no place"
    status = event(f"{CHIRPSTACK}/status", {"time": "2026-11-22T10:00:00Z", "deviceInfo": DEVICE})
    assert (status.battery_level, status.margin, status.external_power) == (0, 0, False)


def test_an_uplink_of_chirpstack_3_in_both_of_its_forms() -> None:
    found = uplink(CHIRPSTACK_V3, v3(devAddr="AFE5Qg=="))
    assert found == Uplink(
        device=Device("0202020202020202", "garden-sensor"),
        session="00513942",
        f_cnt=10,
        f_port=5,
        observed_at=utc(0, 500000),
        data=bytes.fromhex("02023b00020c60"),
        readings=(Reading("temperatureSensor", 25), Reading("humiditySensor", 32)),
        radio=Radio(868100000, 11, 125000, 1),
        receptions=(Reception("0303030303030303", -48, 9, 52.37, 4.91, 10.5),),
    )
    older = v3(devEUI="0202020202020202", devAddr="00513942", objectJSON=None, object={"temperatureSensor": 25})
    older["rxInfo"][0]["gatewayID"] = "0303030303030303"
    assert uplink(CHIRPSTACK_V3, older).readings == (Reading("temperatureSensor", 25),)
    assert uplink(CHIRPSTACK_V3, older).receptions == found.receptions


def test_an_uplink_of_chirpstack_3_was_observed_when_a_gateway_heard_it_first() -> None:
    (heard,) = v3()["rxInfo"]
    later = {**heard, "gatewayID": "BAQEBAQEBAQ=", "time": "2026-11-22T10:00:00.7Z"}
    assert uplink(CHIRPSTACK_V3, v3(rxInfo=[later, heard])).observed_at == utc(0, 500000)
    assert uplink(CHIRPSTACK_V3, v3(rxInfo=[{**heard, "time": None}])).observed_at is None


def test_an_uplink_of_the_things_stack() -> None:
    assert uplink(THINGS_STACK, tts()) == Uplink(
        device=Device("0004a30b001c0530", "dev1", "decentlab/dl-trs12"),
        session="AXA50tHUGUucuzS/bCGMNw==",
        f_cnt=1,
        f_port=2,
        observed_at=dt.datetime(2026, 11, 22, 9, 59, 59, 789585, dt.UTC),
        data=bytes.fromhex("8241de"),
        readings=(Reading("temperature", 1), Reading("luminosity", 0.64)),
        radio=Radio(868300000, 7, 125000, None),
        receptions=(Reception("9c5c8e00001a05c4", -35, 5.2),),
    )
    assert uplink(THINGS_STACK, tts(f_cnt=None)).f_cnt == 0
    foreign = {
        "gateway_ids": {"gateway_id": "packetbroker"},
        "packet_broker": {"forwarder_gateway_eui": "00" * 7 + "0A"},
    }
    assert uplink(THINGS_STACK, tts(rx_metadata=[foreign])).receptions[0].gateway_id == "000000000000000a"


def test_what_lora_does_not_send_has_neither_spreading_factor_nor_snr() -> None:
    fsk = {"frequency": 868800000, "modulation": {"fsk": {"datarate": 50000}}}
    found = uplink(CHIRPSTACK, v4(txInfo=fsk))
    assert (found.radio, found.receptions[0].snr) == (Radio(868800000, None, None, 5), None)
    slow = {"data_rate": {"fsk": {"bit_rate": 50000}}, "frequency": "868800000"}
    assert uplink(THINGS_STACK, tts(settings=slow)).receptions[0].snr is None


def test_a_gateway_with_two_antennas_counts_once_with_the_better_one() -> None:
    antennas = [{"gatewayId": "0016c001f1500812", "rssi": rssi, "snr": 1, "antenna": -rssi} for rssi in (-90, -80, -99)]
    assert [heard.rssi for heard in uplink(CHIRPSTACK, v4(rxInfo=antennas)).receptions] == [-80]


def test_joins() -> None:
    joined = {"deduplicationId": "d1", "time": "2026-11-22T10:00:00Z", "deviceInfo": DEVICE, "devAddr": "00189440"}
    device = Device(EUI, "Baum 17", "Bodenfeuchte")
    assert event(f"{CHIRPSTACK}/join", joined) == DeviceEvent("join", device, utc(0), "00189440", deduplication_id="d1")
    older = {"devEUI": "AgICAgICAgI=", "devAddr": "AFE5Qg==", "rxInfo": v3()["rxInfo"]}
    assert event(f"{CHIRPSTACK_V3}/join", older).session == "00513942"
    things = {**tts(), "join_accept": {"session_key_id": "AXBS", "received_at": "2026-11-22T10:00:00.000000001Z"}}
    assert event(f"{THINGS_STACK}/join", things) == DeviceEvent(
        "join", Device("0004a30b001c0530", "dev1"), utc(0), "AXBS"
    )


@pytest.mark.parametrize(
    ("told", "battery"),
    [
        ({"batteryLevel": 75.5}, 75.5),
        ({"batteryLevel": 75.5, "batteryLevelUnavailable": True}, None),
        ({"batteryLevel": 0.0, "externalPowerSource": True}, None),
    ],
)
def test_a_battery_is_known_unless_the_device_cannot_tell_or_hangs_on_the_mains(
    told: dict[str, Any], battery: float | None
) -> None:
    status = event(f"{CHIRPSTACK}/status", {"time": "2026-11-22T10:00:00Z", "deviceInfo": DEVICE, "margin": -5, **told})
    assert (status.kind, status.margin, status.battery_level) == ("status", -5, battery)
    older = event(f"{CHIRPSTACK_V3}/status", {"devEUI": "AgICAgICAgI=", "margin": 6, **told})
    assert (older.observed_at, older.margin, older.battery_level) == (None, 6, battery)


@pytest.mark.parametrize("kind", ["ack", "txack", "log", "error", "location", "integration"])
def test_what_is_no_matter_of_ours_is_passed_over(kind: str) -> None:
    assert decode(f"{CHIRPSTACK}/{kind}", b"not even JSON") is None


@pytest.mark.parametrize("kind", ["down/ack", "down/queued", "down/failed", "service/data", "location/solved"])
def test_what_the_things_stack_tells_of_downlinks_is_passed_over(kind: str) -> None:
    assert decode(f"{THINGS_STACK}/{kind}", b"{}") is None


def test_readings_of_nested_objects_have_dots_and_texts_stay_texts() -> None:
    decoded = {"soil": {"0": {"moisture": 1.5}}, "alarms": [False, None, "low"], "empty": {}, "state": "tilt"}
    assert uplink(CHIRPSTACK, v4(object=decoded)).readings == (
        Reading("soil.0.moisture", 1.5),
        Reading("alarms.0", 0.0),
        Reading("alarms.2", "low"),
        Reading("state", "tilt"),
    )
    assert uplink(CHIRPSTACK, v4(object={})).readings is None


def test_copies_of_a_message_have_one_id_and_no_other_message_has_it() -> None:
    assert message_id(uplink(CHIRPSTACK, v4())) == "3ac7e3c4-4401-4b8d-9386-a5c902f9202d"
    first = message_id(uplink(THINGS_STACK, tts()))
    assert first == "0004a30b001c0530/AXA50tHUGUucuzS/bCGMNw==/1"
    copy = tts(received_at="2026-11-22T11:00:00Z", rx_metadata=[])
    assert message_id(uplink(THINGS_STACK, copy)) == first
    assert message_id(uplink(THINGS_STACK, tts(f_cnt=2))) != first
    assert message_id(uplink(THINGS_STACK, tts(session_key_id="AXA6"))) != first, "it joined again"
    assert message_id(uplink(CHIRPSTACK_V3, v3(devAddr="AFE5Qg=="))) == "0202020202020202/00513942/10"
    assert message_id(uplink(CHIRPSTACK_V3, v3())) == "jhMh8Gq6RAOChSKbi83RHQ==", "no session is told"
    status = event(f"{CHIRPSTACK_V3}/status", {"devEUI": "AgICAgICAgI="})
    assert message_id(status, utc(5)) == "0202020202020202/status/2026-11-22T10:00:05+00:00"
