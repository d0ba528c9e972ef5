"""Frames of manufacturers by their tables: what a frame holds, and which frames are refused."""

from __future__ import annotations

import datetime as dt
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse.ingest.lorawan import codecs
from lakehouse.ingest.lorawan.codecs import decentlab_models, milesight_models
from lakehouse.ingest.lorawan.messages import Reading, Undecodable
from lakehouse.spec.lorawan_format import CODECS

NAMES = [f"{brand}/{model}" for brand, models in CODECS.items() for model in models.split()]


def decentlab(mask: int, *words: int) -> bytes:
    return struct.pack(f">BHH{len(words)}H", 2, 4711, mask, *words)


def refused(codec: str, data: bytes) -> str:
    with pytest.raises(Undecodable) as error:
        codecs.read(codec, data)
    return str(error.value)


def test_declarations_know_the_codecs_that_there_are() -> None:
    tables = {"decentlab": decentlab_models.MODELS, "milesight": milesight_models.MODELS}
    assert {brand: sorted(models.split()) for brand, models in CODECS.items()} == {
        brand: sorted(models) for brand, models in tables.items()
    }
    assert set(codecs.BRANDS) == set(CODECS)


def test_only_the_sensors_of_the_mask_are_in_a_frame() -> None:
    battery = Reading("battery_voltage", 3.0, "V")
    assert codecs.read("decentlab/dl-ds18", decentlab(0b11, 32768 - 16, 3000)) == [
        Reading("temperature", -1.0, "degC"),
        battery,
    ]
    assert codecs.read("decentlab/dl-ds18", decentlab(0b10, 3000)) == [battery]
    assert codecs.read("decentlab/dl-ds18", decentlab(0)) == []


def test_a_counter_of_two_words_begins_with_the_lower_one() -> None:
    found = codecs.read("decentlab/dl-dlr2-002", decentlab(1, 4, 600, 1, 2))
    assert [(one.quantity, one.value) for one in found] == [
        ("pulse_count", 4),
        ("pulse_interval", 600),
        ("cumulative_pulse_count", 2 * 65536 + 1),
    ]


def test_a_depth_without_a_sensor_has_no_reading() -> None:
    words = [2500, 32768 + 100] + [0] * 14
    assert codecs.read("decentlab/dl-smtp", decentlab(1, *words)) == [
        Reading("soil_moisture_at_depth_0", 0.0),
        Reading("soil_temperature_at_depth_0", 1.0, "degC"),
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it does not begin as version 2 of the manufacturer's frames"),
        (bytes(5), "it does not begin as version 2 of the manufacturer's frames"),
        (decentlab(0b100, 1), "it has sensors 0b100, and the model 2 of them"),
        (decentlab(0b11, 1), "it has 7 bytes, and its sensors 9"),
        (decentlab(0b10, 1, 2), "it has 9 bytes, and its sensors 7"),
        (decentlab(0b10, 1)[:-1], "it has 6 bytes, and its sensors 7"),
    ],
)
def test_a_frame_of_another_model_is_refused(data: bytes, reason: str) -> None:
    assert refused("decentlab/dl-ds18", data) == reason


def test_channels_follow_each_other_in_any_order() -> None:
    frame = bytes.fromhex("0468 64  ff0a 0102  0367 f6ff  0175 63".replace(" ", ""))
    assert codecs.read("milesight/em300-th", frame) == [
        Reading("humidity", 50.0, "%"),
        Reading("temperature", -1.0, "degC"),
        Reading("battery", 99.0, "%"),
    ]
    assert codecs.read("milesight/em300-th", b"") == []
    twice = bytes.fromhex("0367 0a00 0367 1400".replace(" ", ""))
    assert codecs.read("milesight/em300-th", twice) == [Reading("temperature", 2.0, "degC")]


def test_readings_that_the_device_kept_have_their_own_time() -> None:
    moment = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)
    kept = bytes.fromhex("20ce") + struct.pack("<IhB", int(moment.timestamp()), 105, 80)
    assert codecs.read("milesight/am102", bytes.fromhex("03676e00") + kept) == [
        Reading("temperature", 11.0, "degC"),
        Reading("temperature", 10.5, "degC", moment),
        Reading("humidity", 40.0, "%", moment),
    ]
    never_set = bytes.fromhex("20ce") + struct.pack("<IhB", 60, 105, 80)
    assert refused("milesight/am102", never_set) == "it keeps readings of 1970-01-01, when there was no LoRaWAN"


def test_sound_levels_are_named_by_their_weighting() -> None:
    slow_c = bytes.fromhex("055b0a") + struct.pack("<3H", 401, 402, 403)
    assert [(one.quantity, one.value) for one in codecs.read("milesight/ws302", slow_c)] == [
        ("LCS", 40.1),
        ("LCeq", 40.2),
        ("LCSmax", 40.3),
    ]
    assert refused("milesight/ws302", bytes.fromhex("055b03") + bytes(6)).startswith("it has 055b at byte 1")


def test_states_are_texts_and_faults_are_no_numbers() -> None:
    assert codecs.read("milesight/em310-udl", bytes.fromhex("040001")) == [Reading("position", "tilt")]
    assert codecs.read("milesight/em500-smtc", bytes.fromhex("04caffff")) == [Reading("moisture", "fault", "%")]


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ("7777", "it has 7777 at byte 1, which is no channel of the model"),
        ("017563 05", "it has 05 at byte 4, which is no channel of the model"),
        ("0382 01", "it was cut off within channel and type 0382"),
        ("0400 07", "it has 7 for position, which means nothing"),
    ],
)
def test_what_the_table_does_not_know_is_refused(frame: str, reason: str) -> None:
    assert refused("milesight/em310-udl", bytes.fromhex(frame.replace(" ", ""))) == reason


@given(st.sampled_from(NAMES), st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(codec: str, data: bytes) -> None:
    begin = b"\x02\x00\x01\x00" if codec.startswith("decentlab") else b""
    try:
        assert all(isinstance(reading.value, str | float) for reading in codecs.read(codec, begin + data))
    except Undecodable as problem:
        assert str(problem)
