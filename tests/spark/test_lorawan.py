"""What the format lorawan makes of messages is read as the types of a feed, and copies of a message are one row."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from pathlib import Path
from typing import Any

from pyspark.sql import Row, SparkSession

from tests.support import example, feed
from tests.support.uplinks import CHIRPSTACK, DEVICE, line, v4

WHOLE = ("f_cnt", "f_port", "frequency_hz", "spreading_factor", "bandwidth_hz", "data_rate", "margin_db")
REAL = ("value", "rssi_dbm", "snr_db", "latitude", "longitude", "altitude_m", "battery_level_pct")


def silver(spark: SparkSession, folder: Path, rows: str, key: list[str], names: list[str]) -> list[Row]:
    """The silver batch of two copies of an uplink, a status and a hostile message."""
    types = {**dict.fromkeys(WHOLE, "bigint"), **dict.fromkeys(REAL, "double"), "external_power": "boolean"}
    columns: list[dict[str, Any]] = [
        {"from": name, "name": name, "type": "timestamp" if name == "observed_at" else types.get(name, "string")}
        for name in names
    ]
    source = example.source(
        folder, format={"type": "lorawan", "rows": rows}, load={"kind": "upsert"}, key=key, columns=columns
    )
    status = {"time": "2026-11-22T10:00:00Z", "deviceInfo": DEVICE, "margin": -5, "batteryLevel": 75.5}
    up = f"{CHIRPSTACK}/up"
    lines = [line(up, v4()), line(up, v4(), "2026-11-22T10:00:09Z"), line(f"{CHIRPSTACK}/status", status)]
    delivered = folder / "messages.jsonl.gz"
    delivered.write_bytes(gzip.compress("\n".join(map(json.dumps, [*lines, line(up, b"\xff")])).encode()))
    landed = [(feed.receipt(source, 0, "http://127.0.0.1/messages.jsonl.gz", delivered.name), delivered)]
    return feed.classified(spark, source, landed, folder).collect()


def test_readings(spark: SparkSession, tmp_path: Path) -> None:
    names = ["message_id", "observed_at", "quantity", "value"]
    rows = silver(spark, tmp_path, "readings", ["message_id", "observed_at", "quantity"], names)
    assert sorted((row["_class"], row["quantity"] or "", row["value"]) for row in rows) == [
        ("duplicate", "door.open", 1.0),
        ("duplicate", "temperature", 21.5),
        ("quarantined", "", None),
        ("valid", "door.open", 1.0),
        ("valid", "temperature", 21.5),
    ]
    assert {row["observed_at"] for row in rows if row["quantity"]} == {dt.datetime(2026, 11, 22, 10, 0, 0, 123456)}


def test_receptions_and_events(spark: SparkSession, tmp_path: Path) -> None:
    names = ["message_id", "gateway_id", *WHOLE[:-1], *REAL[1:-1]]
    rows = silver(spark, tmp_path, "receptions", ["message_id", "gateway_id"], names)
    assert sorted(row["_class"] for row in rows) == ["duplicate", "valid"]
    assert list(rows[0][2:-2])[:11] == [7, 1, 867100000, 7, 125000, 5, -57.0, 10.0, 51.58, 7.24, 60.0]
    names = ["message_id", "observed_at", "event", "battery_level_pct", "margin_db", "external_power"]
    (row,) = silver(spark, tmp_path, "events", ["message_id"], names)
    told = [row[name] for name in names[2:]]
    assert (row["_class"], told) == ("valid", ["status", 75.5, -5, False])
