"""Real messages of ChirpStack 4 and 3 with what another decoder made of them, model by model."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lakehouse.ingest.lorawan import codecs
from lakehouse.ingest.lorawan.decode import decode
from lakehouse.ingest.lorawan.messages import DeviceEvent, Undecodable, Uplink
from lakehouse.spec.lorawan_format import CODECS
from tests.support.uplinks import line, parsed

# folders of several versions of a model
MODELS = {"dl-sht35-001": "dl-sht35", "dl-sht35-002": "dl-sht35", "vs34x": "vs340"}
# what the network server knows of the frame, which is no reading
OF_THE_SERVER = "lora_"
# answers that are no measurement: depths without a sensor, which the other decoder reads as the lowest number
NO_SENSOR = (-327.68, -5.0)
NO_CODEC = "was not decoded by its server, and no codec is declared for device profile"
# the other decoder cuts off the half percent
MOISTURE = ("milesight/em500-smtc", "moisture", 57.0, 57.5)


class Case(NamedTuple):
    """A message, its topic, the codec of its model and the answers of the other decoder."""

    name: str
    topic: str
    message: dict[str, Any]
    codec: str
    answers: list[tuple[str, float | str]]


@pytest.fixture(scope="module")
def cases(shared_dir: Path) -> list[Case]:
    return list(_cases(shared_dir / "data" / "lorawan_thingsboard"))


def _cases(folder: Path) -> Iterator[Case]:
    for path in sorted(folder.glob("*/*/ChirpStack/uplink/payload*.json")):
        brand, model = (part.lower() for part in path.relative_to(folder).parts[:2])
        message = json.loads(path.read_text("utf-8"))
        eui = message["deviceInfo"]["devEui"] if "deviceInfo" in message else "0202020202020202"
        kind = "status" if "margin" in message else "up"
        answer = path.with_name(path.name.replace("payload", "result"))
        told = json.loads(answer.read_text("utf-8"))["telemetry"] if answer.exists() else []
        yield Case(
            "/".join(path.relative_to(folder).parts),
            f"application/1/device/{eui}/event/{kind}",
            message,
            f"{brand}/{MODELS.get(model, model)}",
            [
                (name, value if isinstance(value, str) else float(value))
                for row in (told if isinstance(told, list) else [told])
                for name, value in row.get("values", row).items()
                if not name.startswith(OF_THE_SERVER) and isinstance(value, str | int | float)
            ],
        )


def test_every_message_is_decoded(cases: list[Case]) -> None:
    found = [decode(case.topic, json.dumps(case.message).encode()) for case in cases]
    kinds = Counter(
        (type(message).__name__, "v4" if message.deduplication_id.count("-") == 4 else "v3")
        for message in found
        if message is not None
    )
    assert kinds == {("Uplink", "v4"): 201, ("Uplink", "v3"): 112, ("DeviceEvent", "v4"): 1}
    uplinks = [message for message in found if isinstance(message, Uplink)]
    assert Counter((one.radio.frequency, one.radio.spreading_factor, one.radio.bandwidth) for one in uplinks) == {
        (868300000, 7, 125000): 112,
        (868500000, 7, 125000): 89,
        (868100000, 11, 125000): 112,
    }
    assert {len(one.receptions) for one in uplinks} == {1}
    assert Counter(one.receptions[0].latitude is None for one in uplinks) == {False: 224, True: 89}
    (status,) = [message for message in found if isinstance(message, DeviceEvent)]
    assert (status.device.eui, status.margin, status.external_power, status.battery_level) == (
        "24e124707c483636", 8, True, None,
    )  # fmt: skip


def test_each_codec_gives_the_answers_of_the_other_decoder(cases: list[Case]) -> None:
    known = {f"{brand}/{model}" for brand, models in CODECS.items() for model in models.split()}
    answered, differ, refused = set(), {}, {}
    for case in cases:
        uplink = decode(case.topic, json.dumps(case.message).encode())
        if case.codec not in known or not isinstance(uplink, Uplink):
            continue
        try:
            found = [(one.quantity, one.value) for one in codecs.read(case.codec, uplink.data)]
        except Undecodable as problem:
            refused[case.codec] = str(problem)
            continue
        answered.add(case.codec)
        expected = [
            (name, MOISTURE[3] if (case.codec, name, value) == MOISTURE[:3] else value)
            for name, value in case.answers
            if value not in NO_SENSOR
        ]
        if not _same(found, expected):
            differ[case.name] = (found, expected)
    assert differ == {}
    assert answered == known, "each codec has an answer"
    series = {f"milesight/{model}" for model in ("am307", "am307l", "am308", "am308l", "am319", "am319l")}
    reason = "it keeps readings of 1976-10-19, when there was no LoRaWAN"
    assert refused == dict.fromkeys(series, reason), "their time is the wrong way round"


def test_all_of_them_are_a_batch(cases: list[Case], tmp_path: Path) -> None:
    lines = [line(case.topic, case.message, "2025-04-17T08:10:03Z") for case in cases]
    assert len(parsed(tmp_path, "receptions", *lines)[1]) == 313
    assert [row["event"] for row in parsed(tmp_path, "events", *lines)[1]] == ["status"]
    # one profile for all models of the manufacturer, so most frames are of another one
    _, rows = parsed(tmp_path, "readings", *lines, codecs={"dev-prof-Decentlab": "decentlab/dl-ds18"})
    assert Counter((row["_record_error"] or "").partition(" (")[0] for row in rows) == {
        "": 286,
        f"{NO_CODEC} 'Chirpstack default device profile'": 89,
        "has bytes that decentlab/dl-ds18 cannot read": 58,
    }
    # ChirpStack 3 sent the object of its documentation with each of its 112 uplinks
    assert Counter(row["quantity"] for row in rows)["humiditySensor"] == 112


def _same(found: list[tuple[str, float | str]], expected: list[tuple[str, float | str]]) -> bool:
    if len(found) != len(expected):
        return False
    pairs = zip(sorted(found, key=str), sorted(expected, key=str), strict=True)
    return all(
        mine == theirs
        or (
            mine[0] == theirs[0]
            and isinstance(mine[1], float)
            and isinstance(theirs[1], float)
            and math.isclose(mine[1], theirs[1], rel_tol=1e-9, abs_tol=1e-9)
        )
        for mine, theirs in pairs
    )
