"""Settings of the bridge: the variables SMARTVEST_MQTT_… and SMARTVEST_BRIDGE_…, beside those of the store."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr

from lakehouse.settings import StoreSettings, keys_file

ROLE = "bridge"


class BridgeSettings(StoreSettings):
    """What an operator sets.

    `mqtt_topics` are filters with blanks between; what comes under another topic is refused. `mqtt_ca_file` is the
    certificate that vouches for the broker's; empty: those of the system. The broker keeps the session by
    `mqtt_client_id`: two bridges with one id throw each other out. `bridge_max_message_bytes` bounds a payload,
    `bridge_metrics_port` is where Prometheus asks on loopback.
    """

    mqtt_host: str
    mqtt_port: int = Field(default=8883, gt=0, lt=65536)
    mqtt_user: str
    mqtt_password: SecretStr
    mqtt_ca_file: Path | None = None
    mqtt_client_id: str = "smartvest-bridge"
    mqtt_topics: str = "application/+/device/+/event/+ v3/+/devices/+/+"
    bridge_max_message_bytes: int = Field(default=65_536, gt=0)
    bridge_metrics_port: int = Field(default=9108, gt=0, lt=65536)

    @property
    def topics(self) -> list[str]:
        """The filters that are subscribed."""
        return self.mqtt_topics.split()

    @property
    def address(self) -> str:
        """The broker, as receipts name it."""
        return f"mqtts://{self.mqtt_host}:{self.mqtt_port}"

    @classmethod
    def files(cls, state: Path) -> tuple[Path, ...]:
        """The local stack keeps the password with the role's keys."""
        return (*super().files(state), keys_file(state, ROLE))
