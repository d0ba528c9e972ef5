"""Messages of The Things Stack 3.

Source: https://www.thethingsindustries.com/docs/integrations/data-formats/
"""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from infra.sensors.devices import Device
from infra.sensors.radio import Heard
from infra.sensors.servers.frames import Frame, Message, Session, Status, base64, place, written, zulu

_APPLICATION = "vest-sensorik@kreis-re"


class ThingsStack:
    """The Things Stack 3: it leaves out a counter of zero and tells no status."""

    counters = 1 << 32
    tells_time_of_status = False

    def __init__(self, device: Device, drawn: random.Random) -> None:
        """See `ChirpStack`."""
        self._drawn = drawn
        self._device_id = f"eui-{device.device_eui}"
        self._topic = f"v3/{_APPLICATION}/devices/{self._device_id}/"
        self._eui = device.device_eui.upper()
        self._versions = {"brand_id": "smartvest", "model_id": device.model, "band_id": "EU_863_870"}

    def session(self, session: Session) -> str:
        """See `ChirpStack`."""
        return session.keys

    def up(self, frame: Frame) -> Message:
        """See `ChirpStack`."""
        told: dict[str, Any] = {
            "session_key_id": frame.session.keys,
            "f_port": frame.f_port,
            "frm_payload": base64(frame.data),
            "rx_metadata": [self._heard(one, frame.told_at) for one in frame.heard],
            "settings": {
                "data_rate": {
                    "lora": {
                        "bandwidth": 125_000,
                        "spreading_factor": frame.spreading_factor,
                        "coding_rate": "4/5",
                    }
                },
                "frequency": str(frame.frequency),
            },
            "received_at": _nanoseconds(frame.told_at, self._drawn),
            "consumed_airtime": "0.056576s",
            "version_ids": self._versions,
            "network_ids": {"net_id": "000013", "tenant_id": "kreis-re"},
        }
        if frame.f_cnt:
            told["f_cnt"] = frame.f_cnt
        if frame.decoded is not None:
            told["decoded_payload"] = frame.decoded
        return self._topic + "up", self._written("uplink_message", told, frame.session, frame.told_at)

    def join(self, session: Session, told_at: dt.datetime, heard: list[Heard]) -> Message:
        """See `ChirpStack`."""
        told = {"session_key_id": session.keys, "received_at": _nanoseconds(told_at, self._drawn)}
        return self._topic + "join", self._written("join_accept", told, session, told_at)

    def status(self, status: Status) -> None:
        """See `ChirpStack`; this one tells none."""

    def _written(self, member: str, told: dict[str, Any], session: Session, told_at: dt.datetime) -> bytes:
        ids = {
            "device_id": self._device_id,
            "application_ids": {"application_id": "vest-sensorik"},
            "dev_eui": self._eui,
            "join_eui": "0000000000000000",
            "dev_addr": session.address.upper(),
        }
        correlation = [f"gs:uplink:{self._drawn.getrandbits(128):026X}"]
        # the application server is later than the network server
        received_at = zulu(told_at + dt.timedelta(milliseconds=210))
        return written(
            {"end_device_ids": ids, "correlation_ids": correlation, "received_at": received_at, member: told}
        )

    def _heard(self, one: Heard, told_at: dt.datetime) -> dict[str, Any]:
        gateway = one.gateway
        return {
            "gateway_ids": {"gateway_id": f"gw-{gateway.gateway_id}", "eui": gateway.gateway_id.upper()},
            "time": zulu(told_at),
            "antenna_index": one.antenna,
            "rssi": one.rssi,
            "channel_rssi": one.rssi,
            "snr": one.snr,
            "location": {**place(gateway), "source": "SOURCE_REGISTRY"},
            "uplink_token": base64(self._drawn.randbytes(24)),
        }


def _nanoseconds(moment: dt.datetime, drawn: random.Random) -> str:
    """A time with three more digits, as this server writes it."""
    return f"{moment.isoformat(timespec='microseconds')[:26]}{drawn.randrange(1000):03}Z"
