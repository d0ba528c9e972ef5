"""Messages of ChirpStack 3.

Source: https://www.chirpstack.io/application-server/integrations/events/
"""

from __future__ import annotations

import datetime as dt
import json
import random
from typing import Any

from infra.sensors.devices import Device
from infra.sensors.radio import Heard
from infra.sensors.servers.frames import Frame, Message, Session, Status, base64, battery, place, written, zulu

_APPLICATION = "12"


class ChirpStackV3:
    """ChirpStack 3 with gateways that have a clock, in the JSON form of its Protocol Buffers."""

    counters = 1 << 16
    tells_time_of_status = False

    def __init__(self, device: Device, drawn: random.Random) -> None:
        """See `ChirpStack`."""
        self._drawn = drawn
        self._topic = f"application/{_APPLICATION}/device/{device.device_eui}/event/"
        self._about = {
            "applicationID": _APPLICATION,
            "applicationName": "Sensorik alt",
            "deviceName": device.name,
            "deviceProfileName": device.model,
            "devEUI": base64(bytes.fromhex(device.device_eui)),
        }

    def session(self, session: Session) -> str:
        """See `ChirpStack`."""
        return session.address

    def up(self, frame: Frame) -> Message:
        """See `ChirpStack`."""
        factor = frame.spreading_factor
        message = {
            **self._about,
            "rxInfo": self._all_heard(frame.heard, frame.told_at),
            "txInfo": {
                "frequency": frame.frequency,
                "modulation": "LORA",
                "loRaModulationInfo": {
                    "bandwidth": 125,
                    "spreadingFactor": factor,
                    "codeRate": "4/5",
                    "polarizationInversion": False,
                },
            },
            "adr": True,
            "dr": 12 - factor,
            "fCnt": frame.f_cnt,
            "fPort": frame.f_port,
            "data": base64(frame.data),
            "objectJSON": "" if frame.decoded is None else json.dumps(frame.decoded, separators=(",", ":")),
            "tags": {},
            "confirmedUplink": False,
            "devAddr": base64(bytes.fromhex(frame.session.address)),
        }
        return self._topic + "up", written(message)

    def join(self, session: Session, told_at: dt.datetime, heard: list[Heard]) -> Message:
        """See `ChirpStack`; this one tells who heard it, and when."""
        address = base64(bytes.fromhex(session.address))
        return self._topic + "join", written(
            {**self._about, "devAddr": address, "rxInfo": self._all_heard(heard, told_at), "tags": {}}
        )

    def status(self, status: Status) -> Message:
        """See `ChirpStack`; this one tells no time."""
        return self._topic + "status", written({**self._about, "margin": status.margin, **battery(status)})

    def _all_heard(self, heard: list[Heard], told_at: dt.datetime) -> list[dict[str, Any]]:
        """The first of them heard it first, at the time that is told."""
        clock = [told_at + dt.timedelta(microseconds=90 * number) for number in range(len(heard))]
        return [self._heard(one, at) for one, at in zip(heard, clock, strict=True)]

    def _heard(self, one: Heard, at: dt.datetime) -> dict[str, Any]:
        gateway = one.gateway
        return {
            "gatewayID": base64(bytes.fromhex(gateway.gateway_id)),
            "time": zulu(at),
            "rssi": one.rssi,
            "loRaSNR": one.snr,
            "channel": 0,
            "rfChain": 0,
            "board": 0,
            "antenna": one.antenna,
            "location": {**place(gateway), "source": "UNKNOWN", "accuracy": 0},
            "fineTimestampType": "NONE",
            "uplinkID": base64(self._drawn.randbytes(16)),
            "crcStatus": "CRC_OK",
        }
