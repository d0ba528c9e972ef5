"""Messages of ChirpStack 4.

Source: https://www.chirpstack.io/docs/chirpstack/integrations/events.html
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from typing import Any

from infra.sensors.devices import Device
from infra.sensors.radio import Heard
from infra.sensors.servers.frames import Frame, Message, Session, Status, base64, battery, place, written

_APPLICATION = "7d0c1f7e-6c1a-4b0e-9d51-05562000c4a7"
_TENANT = "2f6b7c52-9d3e-4f3e-8a61-0556200017e5"
_REGION = {"region_common_name": "EU868", "region_config_id": "eu868"}


class ChirpStack:
    """ChirpStack 4."""

    counters = 1 << 16
    tells_time_of_status = True

    def __init__(self, device: Device, drawn: random.Random) -> None:
        """Keeps what is the same in all messages of a device; `drawn` makes ids."""
        self._drawn = drawn
        self._topic = f"application/{_APPLICATION}/device/{device.device_eui}/event/"
        self._about = {
            "tenantId": _TENANT,
            "tenantName": "Kreis Recklinghausen",
            "applicationId": _APPLICATION,
            "applicationName": "Sensorik",
            "deviceProfileId": str(uuid.UUID(int=random.Random(device.model).getrandbits(128))),
            "deviceProfileName": device.model,
            "deviceName": device.name,
            "devEui": device.device_eui,
            "deviceClassEnabled": "CLASS_A",
            "tags": {"ags": device.ags},
        }

    def session(self, session: Session) -> str:
        """What tells sessions apart in silver."""
        return session.address

    def up(self, frame: Frame) -> Message:
        """Topic and payload of an uplink."""
        message = {
            **self._head(frame.told_at),
            "devAddr": frame.session.address,
            "adr": True,
            "dr": 12 - frame.spreading_factor,
            "fCnt": frame.f_cnt,
            "fPort": frame.f_port,
            "confirmed": False,
            "data": base64(frame.data),
            "rxInfo": [self._heard(one, frame.told_at) for one in frame.heard],
            "txInfo": {
                "frequency": frame.frequency,
                "modulation": {
                    "lora": {
                        "bandwidth": 125_000,
                        "spreadingFactor": frame.spreading_factor,
                        "codeRate": "CR_4_5",
                    }
                },
            },
        }
        if frame.decoded is not None:
            message["object"] = frame.decoded
        return self._topic + "up", written(message)

    def join(self, session: Session, told_at: dt.datetime, heard: list[Heard]) -> Message:
        """Topic and payload of a join; a server of this kind does not tell who heard it."""
        return self._topic + "join", written({**self._head(told_at), "devAddr": session.address})

    def status(self, status: Status) -> Message:
        """Topic and payload of a status, None from a server that tells none."""
        message = {**self._head(status.told_at), "margin": status.margin, **battery(status)}
        return self._topic + "status", written(message)

    def _head(self, told_at: dt.datetime) -> dict[str, Any]:
        return {
            "deduplicationId": str(uuid.UUID(int=self._drawn.getrandbits(128), version=4)),
            "time": told_at.isoformat(timespec="microseconds"),
            "deviceInfo": self._about,
        }

    def _heard(self, one: Heard, told_at: dt.datetime) -> dict[str, Any]:
        gateway = one.gateway
        return {
            "gatewayId": gateway.gateway_id,
            "uplinkId": self._drawn.getrandbits(32),
            "nsTime": told_at.isoformat(timespec="microseconds"),
            "rssi": one.rssi,
            "snr": one.snr,
            "antenna": one.antenna,
            "location": place(gateway),
            "context": base64(self._drawn.randbytes(4)),
            "metadata": _REGION,
            "crcStatus": "CRC_OK",
        }
