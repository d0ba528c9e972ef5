"""Settings of the bridge: a missing one is named, the password comes from the role's file and is never shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bridge.config import BridgeSettings
from lakehouse.errors import LakehouseError
from lakehouse.settings import PREFIX, keys_file


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)
    monkeypatch.setenv(f"{PREFIX}STATE_DIR", str(tmp_path))
    (tmp_path / "keys").mkdir()
    names = ("S3_ENDPOINT", "S3_REGION", "MQTT_HOST", "MQTT_USER")
    (tmp_path / "stack.env").write_text("".join(f"{PREFIX}{name}=some\n" for name in names), "utf-8")
    BridgeSettings.load.cache_clear()
    return tmp_path


def test_the_password_is_read_from_the_file_of_the_role_and_not_shown(state: Path) -> None:
    keys_file(state, "bridge").write_text(f"{PREFIX}MQTT_PASSWORD=s3cret\n", "utf-8")
    settings = BridgeSettings.load()
    assert settings.mqtt_password.get_secret_value() == "s3cret" and "s3cret" not in repr(settings)
    assert settings.topics == ["application/+/device/+/event/+", "v3/+/devices/+/+"]


def test_a_missing_password_is_named(state: Path) -> None:
    with pytest.raises(LakehouseError, match=f"{PREFIX}MQTT_PASSWORD: Field required"):
        BridgeSettings.load()
