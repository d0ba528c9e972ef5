"""A batch of messages fills three tables; what cannot be read costs itself, once."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
import yaml

from lakehouse.errors import DeliveryRejected, SpecError
from lakehouse.ingest.lorawan import batch
from lakehouse.ingest.lorawan.decode import MAX_PAYLOAD
from lakehouse.ingest.parse import parse_to_parquet
from lakehouse.spec.discovery import load_delivery
from lakehouse.spec.lorawan_format import COLUMNS
from tests.support import example
from tests.support.uplinks import (
    CHIRPSTACK,
    CHIRPSTACK_V3,
    DEVICE,
    EUI,
    RECEIVED,
    THINGS_STACK,
    feed,
    line,
    parsed,
    tts,
    v3,
    v4,
)

STATUS = {"time": "2026-11-22T10:00:00Z", "deviceInfo": DEVICE, "margin": -5, "batteryLevel": 75.5}
UP = f"{CHIRPSTACK}/up"


def told(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.startswith("_") and value is not None}


def test_readings_are_rows_of_quantities(tmp_path: Path) -> None:
    message = v4(object={"temperature": 21.5, "state": "tilt"})
    found, rows = parsed(tmp_path, "readings", line(UP, message), units={"temperature": "degC"})
    about = {
        "message_id": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
        "device_eui": EUI,
        "device_name": "Baum 17",
        "device_profile": "Bodenfeuchte",
        "observed_at": "2026-11-22T10:00:00.123456+00:00",
    }
    assert [told(row) for row in rows] == [
        {**about, "quantity": "temperature", "value": "21.5", "unit": "degC"},
        {**about, "quantity": "state", "text": "tilt"},
    ]
    assert (found.records, [row["_record_number"] for row in rows]) == (2, [1, 2])


def test_receptions_are_rows_of_gateways(tmp_path: Path) -> None:
    heard = [*v4()["rxInfo"], {"gatewayId": "0016c001f1500813", "rssi": -118, "snr": -7.5}]
    _, rows = parsed(tmp_path, "receptions", line(UP, v4(rxInfo=heard)), line(f"{CHIRPSTACK}/status", STATUS))
    assert [told(row) for row in rows] == [
        {
            **{
                name: row[name] for name in ("message_id", "device_eui", "device_name", "device_profile", "observed_at")
            },
            "session": "00189440",
            "f_cnt": "7",
            "f_port": "1",
            "frequency_hz": "867100000",
            "spreading_factor": "7",
            "bandwidth_hz": "125000",
            "data_rate": "5",
            **own,
        }
        for row, own in zip(
            rows,
            [
                {
                    "gateway_id": "0016c001f1500812",
                    "rssi_dbm": "-57",
                    "snr_db": "10",
                    "latitude": "51.58",
                    "longitude": "7.24",
                    "altitude_m": "60",
                },
                {"gateway_id": "0016c001f1500813", "rssi_dbm": "-118", "snr_db": "-7.5"},
            ],
            strict=True,
        )
    ]


def test_events_are_rows_of_joins_and_states(tmp_path: Path) -> None:
    joined = {"deduplicationId": "d1", "time": "2026-11-22T09:00:00Z", "deviceInfo": DEVICE, "devAddr": "00189440"}
    lines = [line(f"{CHIRPSTACK}/join", joined), line(UP, v4()), line(f"{CHIRPSTACK}/status", STATUS)]
    _, rows = parsed(tmp_path, "events", *lines, line(f"{CHIRPSTACK}/txack", {}))
    assert [(row["message_id"], row["event"], row["session"]) for row in rows] == [
        ("d1", "join", "00189440"),
        (f"{EUI}/status/2026-11-22T10:00:00+00:00", "status", None),
    ]
    assert [rows[1][name] for name in ("battery_level_pct", "margin_db", "external_power")] == ["75.5", "-5", "false"]


def test_a_message_that_tells_no_time_was_observed_when_the_bridge_received_it(tmp_path: Path) -> None:
    (heard,) = v3()["rxInfo"]
    silent = v3(rxInfo=[{**heard, "time": None}], devAddr="AFE5Qg==")
    copies = [line(f"{CHIRPSTACK_V3}/up", silent, f"2026-11-22T10:00:0{second}Z") for second in (5, 6)]
    _, rows = parsed(tmp_path, "receptions", *copies)
    assert [row["observed_at"] for row in rows] == ["2026-11-22T10:00:05+00:00"] * 2, "copies are alike"
    _, rows = parsed(tmp_path, "events", line(f"{CHIRPSTACK_V3}/status", {"devEUI": "AgICAgICAgI="}))
    assert rows[0]["observed_at"] == "2026-11-22T10:00:05+00:00"


def test_without_a_decoded_object_the_codec_of_the_profile_reads_the_bytes(tmp_path: Path) -> None:
    lines = [
        line(UP, v4(object=None)),
        # the profile has the codec's name
        line(f"{THINGS_STACK}/up", tts(decoded_payload=None, frm_payload="AhDTAAIMgA==")),
    ]
    codecs = {"Bodenfeuchte": "decentlab/dl-smtp"}
    _, rows = parsed(tmp_path, "readings", *lines, codecs=codecs)
    assert [(row["quantity"], row["value"], row["unit"]) for row in rows] == [
        ("battery_voltage", "2.875", "V"),
        ("battery_voltage", "3.2", "V"),
    ]
    _, rows = parsed(tmp_path, "readings", lines[0], codecs=codecs, units={"battery_voltage": "volts"})
    assert rows[0]["unit"] == "volts"


def test_readings_that_the_device_kept_were_observed_before_the_uplink(tmp_path: Path) -> None:
    kept = v4(object=None, data=b64encode(bytes.fromhex("0175 63 20ce 907b2169 6900 50".replace(" ", ""))).decode())
    _, rows = parsed(tmp_path, "readings", line(UP, kept), codecs={"Bodenfeuchte": "milesight/am102"})
    assert [(row["quantity"], row["observed_at"]) for row in rows] == [
        ("battery", "2026-11-22T10:00:00.123456+00:00"),
        ("temperature", "2025-11-22T09:00:00+00:00"),
        ("humidity", "2025-11-22T09:00:00+00:00"),
    ]


def test_bytes_that_no_codec_reads_are_quarantined_and_their_receptions_count(tmp_path: Path) -> None:
    unknown = v4(object=None, deviceInfo={**DEVICE, "deviceProfileName": "Neu"})
    cut = v4(object=None, data=b64encode(b"\x02\x0b").decode())
    lines = [line(UP, unknown), line(UP, cut), line(UP, v4(object=None, data=None)), line(UP, v4(object=None, fPort=0))]
    _, rows = parsed(tmp_path, "readings", *lines, codecs={"Bodenfeuchte": "decentlab/dl-smtp"})
    assert [row["_record_error"] for row in rows] == [
        "was not decoded by its server, and no codec is declared for device profile 'Neu' (line 1)",
        "has bytes that decentlab/dl-smtp cannot read (020b): it does not begin as version 2 of the manufacturer's "
        "frames (line 2)",
    ]
    assert json.loads(rows[0]["_raw"]) == lines[0]
    assert len(parsed(tmp_path, "receptions", *lines)[1]) == 4


HOSTILE: list[tuple[dict[str, Any] | bytes, str]] = [
    (line(UP, b"\xff\xfe"), "is not UTF-8: byte 1 is 0xff"),
    (line(UP, b'{"deep": ' + b"[" * 100_000), "is nested deeper than 64"),
    (line(UP, b"[NaN]"), "holds NaN, which is not a JSON number"),
    (line(UP, v4(fCnt=-1)), "has -1 at fCnt, no whole number from 0 to 4294967295"),
    (line(UP, v4(time="9999-12-31T23:59:59Z")), "no time of the years 2015 to 2099"),
    (line(UP, v4(deviceInfo={**DEVICE, "devEui": "02" * 8})), "and its topic of 0101010101010101"),
    (line("some/other/topic", v4()), "which is of no known network server"),
    (line(UP, b"a" * (MAX_PAYLOAD + 1)), "has 1048577 bytes, more than 1048576"),
    (b" " * 3_000_000 + b"{}", "is longer than 2097152 bytes"),
    (line(UP, b"a" * 10_000_000), "is longer than 2097152 bytes"),
    (line(UP, v4(time="\ud800")), r'has "\ud800" at time, no time as RFC 3339 writes it'),
    (line(UP, v4(object={"\ud800": 1})), r'has "\ud800" in object, which is no name of a quantity'),
    (line("\ud800", v4()), r'came under the topic "\ud800", which is of no known network server'),
    (b"\xff", "stands in a line that is not UTF-8"),
    (b'{"topic": "', "stands in a line that is not valid JSON"),
    (b"[" * 100_000, "stands in a line that is nested deeper than 64"),
    (b"17", "has 17 at its top, no object"),
    (b"{}", "stands in a line without topic, received_at and either payload or payload_base64"),
    ({**line(UP, v4()), "payload_base64": ""}, "stands in a line without topic, received_at and either payload"),
    ({**line(UP, v4()), "topic": 5}, "stands in a line whose topic, received_at and payload are no texts"),
    ({**line(UP, v4()), "payload": {}}, "stands in a line whose topic, received_at and payload are no texts"),
    (line(UP, v4(), "0001-01-01T00:00:00Z"), "at received_at, no time of the years 2015 to 2099"),
    ({"topic": UP, "received_at": RECEIVED, "payload_base64": "*"}, "whose payload_base64 is no base64"),
    (b'{"topic": "' + UP.encode() + b'", "received_at": "' + RECEIVED.encode() + b'", "payload": "\\ud800"}',
     "holds half of a surrogate pair"),
]  # fmt: skip


def test_hostile_messages_cost_themselves_and_are_quarantined_once(tmp_path: Path) -> None:
    good = line(UP, v4(object={"temperature": 1}))
    lines = [good, *(one for one, _ in HOSTILE), b"", b"  ", good]
    found, rows = parsed(tmp_path, "readings", *lines)
    assert found.records == len(rows) == len(HOSTILE) + 2
    assert [row["quantity"] for row in rows if row["_record_error"] is None] == ["temperature"] * 2
    for number, ((_, reason), row) in enumerate(zip(HOSTILE, rows[1:], strict=False), 2):
        assert reason in row["_record_error"] and row["_record_error"].endswith(f"(line {number})")
        assert isinstance(json.loads(row["_raw"]), str | int | dict)
    assert [row["_record_error"] for row in parsed(tmp_path, "receptions", *lines)[1]] == [None, None]
    assert parsed(tmp_path, "events", *lines)[1] == []


def test_a_batch_of_nothing_but_hostile_messages_is_quarantined_and_not_lost(tmp_path: Path) -> None:
    _, rows = parsed(tmp_path, "readings", line(UP, b"\xff"))
    assert rows[0]["_record_error"] == "is not UTF-8: byte 1 is 0xff (line 1)"
    assert json.loads(rows[0]["_raw"]) == line(UP, b"\xff"), "its bytes are kept"


def test_a_text_that_no_table_takes_costs_its_reading_only(tmp_path: Path) -> None:
    message = v4(object={"a": 1, "b": "nul\0", "c": "lost \ufffd"})
    _, rows = parsed(tmp_path, "readings", line(UP, message))
    assert [row["_record_error"] and row["_record_error"][:22] for row in rows] == [
        None,
        "holds a NUL character ",
        "holds U+FFFD, the sign",
    ]


@pytest.mark.parametrize("spoil", [lambda whole: whole[:-20], lambda whole: b"plain text", lambda whole: b""])
def test_a_file_that_is_no_whole_gzip_is_refused(spoil: Any, tmp_path: Path) -> None:
    delivered = tmp_path / "messages.jsonl.gz"
    delivered.write_bytes(spoil(gzip.compress(json.dumps(line(UP, v4())).encode() + b"\n")))
    with pytest.raises(DeliveryRejected, match="is broken or was cut off|is empty"):
        parse_to_parquet(feed(tmp_path, "readings"), delivered, delivered.name, tmp_path / "out.parquet")


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "MAX_UNPACKED_BYTES", 3_000_000)
    for lines in ([b"a" * 3_000_001], [b" " * 500_000] * 7):
        with pytest.raises(DeliveryRejected, match="unpacks to more than 3000000 bytes"):
            parsed(tmp_path, "events", *lines)


def test_one_delivery_fills_a_table_of_each_kind(tmp_path: Path) -> None:
    shared = example.declared(bounds={"min_rows": 0}, load={"kind": "upsert"})
    for key in ("format", "columns", "key"):
        del shared[key]
    folder = tmp_path / "town__sensor"
    (folder / "tables").mkdir(parents=True)
    (folder / "source.yml").write_text(yaml.safe_dump(shared), "utf-8")
    for rows, names in COLUMNS.items():
        table = {
            "format": {"type": "lorawan", "rows": rows},
            "columns": [{"from": name, "name": name} for name in names],
            "key": ["message_id"],
        }
        (folder / "tables" / f"town__{rows}.yml").write_text(yaml.safe_dump(table), "utf-8")
    delivered = tmp_path / "messages.jsonl.gz"
    lines = [line(UP, v4()), line(f"{CHIRPSTACK}/status", STATUS), line(UP, b"")]
    delivered.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    counts = {
        table.id: parse_to_parquet(table, delivered, delivered.name, tmp_path / table.id).records
        for table in load_delivery(tmp_path, "town__sensor")
    }
    assert counts == {"town__readings": 3, "town__receptions": 1, "town__events": 1}


@pytest.mark.parametrize(
    ("format_", "reason"),
    [
        ({"rows": "readings", "codecs": {"x": "decentlab/dl-none"}}, "there is no codec 'decentlab/dl-none'"),
        ({"rows": "readings", "codecs": {"x": "dl-smtp"}}, "there is no codec 'dl-smtp'"),
        ({"rows": "events", "units": {"x": "m"}}, "codecs and units are of rows: readings"),
        ({"rows": "frames"}, "Input should be 'readings', 'receptions' or 'events'"),
        ({"rows": "events", "archive": {"type": "gzip"}}, "Extra inputs are not permitted"),
        ({"rows": "events"}, "'quantity' is no column of events; there are message_id, device_eui"),
    ],
)
def test_a_declaration_that_cannot_hold_is_refused(format_: dict[str, Any], reason: str, tmp_path: Path) -> None:
    columns = [{"from": "quantity", "name": "quantity"}]
    with pytest.raises(SpecError) as error:
        example.source(tmp_path, format={"type": "lorawan", **format_}, columns=columns, key=["quantity"])
    assert reason in str(error.value)


def test_every_column_is_made(tmp_path: Path) -> None:
    lines = [line(UP, v4(object={"a": 1, "b": "x"})), line(f"{CHIRPSTACK}/status", {**STATUS, "devAddr": "00189440"})]
    for rows in COLUMNS:
        units = {"units": {"a": "m"}} if rows == "readings" else {}
        _, found = parsed(tmp_path, rows, *lines, **units)
        filled = {name for row in found for name in told(row)}
        # only a join has a new session
        assert set(COLUMNS[rows]) - filled == ({"session"} if rows == "events" else set())
