"""Messages of LoRaWAN network servers as their documentation shows them, and batches of such messages."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from lakehouse.ingest.parse import Parsed, parse_to_parquet
from lakehouse.spec.lorawan_format import COLUMNS
from lakehouse.spec.source import Source
from tests.support import example

EUI = "0101010101010101"
RECEIVED = "2026-11-22T10:00:05Z"
CHIRPSTACK = f"application/4f1a/device/{EUI}/event"
CHIRPSTACK_V3 = "application/123/device/0202020202020202/event"
THINGS_STACK = "v3/app1@tenant1/devices/dev1"
DEVICE = {"devEui": EUI, "deviceName": "Baum 17", "deviceProfileName": "Bodenfeuchte"}


def v4(**changes: Any) -> dict[str, Any]:
    """An uplink of ChirpStack 4 that one gateway heard; a member that is changed to None is left out."""
    return _changed(
        {
            "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
            "time": "2026-11-22T10:00:00.123456789+00:00",
            "deviceInfo": DEVICE,
            "devAddr": "00189440",
            "dr": 5,
            "fCnt": 7,
            "fPort": 1,
            "data": b64encode(bytes.fromhex("020b5000020b3b")).decode(),
            "object": {"temperature": 21.5, "door": {"open": True}},
            "rxInfo": [
                {
                    "gatewayId": "0016c001f1500812",
                    "rssi": -57,
                    "snr": 10,
                    "location": {"latitude": 51.58, "longitude": 7.24, "altitude": 60},
                }
            ],
            "txInfo": {
                "frequency": 867100000,
                "modulation": {"lora": {"bandwidth": 125000, "spreadingFactor": 7, "codeRate": "CR_4_5"}},
            },
        },
        changes,
    )


def v3(**changes: Any) -> dict[str, Any]:
    """An uplink of ChirpStack 3, with names and bytes as the Protocol Buffers have them."""
    return _changed(
        {
            "applicationID": "123",
            "deviceName": "garden-sensor",
            "devEUI": "AgICAgICAgI=",
            "rxInfo": [
                {
                    "gatewayID": "AwMDAwMDAwM=",
                    "time": "2026-11-22T10:00:00.5Z",
                    "rssi": -48,
                    "loRaSNR": 9,
                    "location": {"latitude": 52.37, "longitude": 4.91, "altitude": 10.5},
                    "uplinkID": "jhMh8Gq6RAOChSKbi83RHQ==",
                }
            ],
            "txInfo": {
                "frequency": 868100000,
                "modulation": "LORA",
                "loRaModulationInfo": {"bandwidth": 125, "spreadingFactor": 11},
            },
            "dr": 1,
            "fCnt": 10,
            "fPort": 5,
            "data": "AgI7AAIMYA==",
            "objectJSON": '{"temperatureSensor":25,"humiditySensor":32}',
        },
        changes,
    )


def tts(**changes: Any) -> dict[str, Any]:
    """An uplink of The Things Stack 3; what changes are members of its `uplink_message`."""
    message = {
        "session_key_id": "AXA50tHUGUucuzS/bCGMNw==",
        "f_cnt": 1,
        "f_port": 2,
        "frm_payload": "gkHe",
        "decoded_payload": {"temperature": 1.0, "luminosity": 0.64},
        "rx_metadata": [{"gateway_ids": {"gateway_id": "gtw1", "eui": "9C5C8E00001A05C4"}, "rssi": -35, "snr": 5.2}],
        "settings": {
            "data_rate": {"lora": {"bandwidth": 125000, "spreading_factor": 7}},
            "frequency": "868300000",
        },
        "received_at": "2026-11-22T09:59:59.789585559Z",
        "version_ids": {"brand_id": "decentlab", "model_id": "dl-trs12"},
    }
    return {
        "end_device_ids": {
            "device_id": "dev1",
            "dev_eui": "0004A30B001C0530",
            "dev_addr": "00BCB929",
        },
        "received_at": "2026-11-22T10:00:01.014773143Z",
        "uplink_message": _changed(message, changes),
    }


def text(message: Any) -> bytes:
    """A message as it is sent."""
    return json.dumps(message).encode()


def line(topic: str, message: Any, received_at: str = RECEIVED) -> dict[str, Any]:
    """What the bridge writes of a message, which is JSON, or bytes."""
    told = {"topic": topic, "received_at": received_at}
    if not isinstance(message, bytes):
        return {**told, "payload": json.dumps(message)}
    return {**told, "payload_base64": b64encode(message).decode()}


def feed(folder: Path, rows: str, **format_: Any) -> Source:
    """A feed that takes every column of a kind of rows."""
    columns = [{"from": name, "name": name} for name in COLUMNS[rows]]
    declared = {"type": "lorawan", "rows": rows, **format_}
    return example.source(folder, format=declared, columns=columns, key=["message_id"], bounds={"min_rows": 0})


def parsed(
    folder: Path, rows: str, *lines: dict[str, Any] | bytes, **format_: Any
) -> tuple[Parsed, list[dict[str, Any]]]:
    """What the parser makes of a batch: its findings, and the rows of bronze."""
    delivered, into = folder / "messages.jsonl.gz", folder / f"{rows}.parquet"
    written = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in lines]
    delivered.write_bytes(gzip.compress(b"".join(one + b"\n" for one in written)))
    found = parse_to_parquet(feed(folder, rows, **format_), delivered, delivered.name, into)
    return found, pq.read_table(into).to_pylist()


def _changed(message: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**message, **changes}.items() if value is not None}
