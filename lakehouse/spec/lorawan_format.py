"""What `source.yml` declares of a batch of MQTT messages of LoRaWAN network servers."""

from __future__ import annotations

import textwrap
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from lakehouse.spec.model import StrictModel
from lakehouse.spec.normal_form import Word

_MESSAGE = {
    "message_id": "the same for all copies of a message, and for no other",
    "device_eui": "EUI of the device, 16 hexadecimal digits in lower case",
    "device_name": "its name in the network server",
    "device_profile": "its profile there (ChirpStack), or brand and model as `brand/model` (The Things Stack)",
    "observed_at": "when its server received it, in UTC; of ChirpStack 3 when a gateway did first, else the bridge",
}
_SESSION = {"session": "what changes when the device joins again: DevAddr, or the id of its session keys"}
# columns that a table may take with `from`, by what its rows are
COLUMNS: dict[str, dict[str, str]] = {
    "readings": {
        **_MESSAGE,
        "quantity": "what was measured, as decoder or codec name it",
        "value": "the number; true and false are 1 and 0",
        "text": "instead of a number, where the decoder gives a text",
        "unit": "the declared unit, else that of the codec, else NULL",
    },
    "receptions": {
        **_MESSAGE,
        **_SESSION,
        "f_cnt": "frame counter within the session",
        "f_port": "port of the application",
        "gateway_id": "EUI or id of the gateway",
        "rssi_dbm": "received signal strength in dBm",
        "snr_db": "signal-to-noise ratio in dB, NULL if the modulation has none",
        "frequency_hz": "frequency in Hz",
        "spreading_factor": "spreading factor of LoRa, else NULL",
        "bandwidth_hz": "bandwidth in Hz, of LoRa",
        "data_rate": "index of the data rate in the region, NULL if it is not told",
        "latitude": "of the gateway in degrees (WGS 84), NULL if it is not told",
        "longitude": "of the gateway in degrees (WGS 84), NULL if it is not told",
        "altitude_m": "of the gateway in metres, NULL if its place is not told",
    },
    "events": {
        **_MESSAGE,
        **_SESSION,
        "event": "`join` or `status`",
        "battery_level_pct": "battery in percent, NULL if it is not known or the device hangs on the mains",
        "margin_db": "signal-to-noise ratio in dB of the last request that the device heard",
        "external_power": "`true` if the device hangs on the mains",
    },
}
# decoders of manufacturers' frames in lakehouse/ingest/lorawan/codecs, which a test holds to this list
CODECS = {
    "decentlab": (
        "dl-5tm dl-alb dl-atm22 dl-atm41 dl-ctd10 dl-cws dl-cws2 dl-dlr2-002 dl-dlr2-010 dl-ds18 dl-gmm "
        "dl-iam dl-lid dl-lp8p dl-mbx dl-ntu dl-optod dl-par dl-pheht dl-pm dl-pyr dl-sdd dl-sht35 dl-smtp "
        "dl-tbrg dl-tp dl-trs11 dl-trs12 dl-trs21 dl-wrm"
    ),
    "milesight": (
        "am102 am102l am103 am103l am104 am107 am307 am307l am308 am308l am319 am319l em300-mcs em300-mld "
        "em300-th em310-udl em320-th em400-tld em400-udl em500-co2 em500-lgt em500-pp em500-pt100 em500-smtc "
        "em500-swl em500-udl gs101 ts101 vs330 vs340 ws101 ws201 ws202 ws301 ws302 ws303"
    ),
}


def _exists(codec: str) -> bool:
    brand, _, model = codec.partition("/")
    return model in CODECS.get(brand, "").split()


def _known(codec: str) -> str:
    if not _exists(codec):
        raise ValueError(f"there is no codec {codec!r}; there are {', '.join(f'{b}/…' for b in CODECS)}")
    return codec


class Lorawan(StrictModel):
    """Messages that a bridge took from the MQTT broker of a LoRaWAN network server.

    The file is packed with gzip. Each line is a JSON object with `topic`, `received_at` (RFC 3339) and either
    `payload`, the message as a text, or `payload_base64`, where it is not UTF-8. Known are ChirpStack 4 and 3 and The
    Things Stack 3; what they tell of downlinks and locations, and their logs, is passed over.

    One delivery fills up to three tables, which say what their `rows` are: `readings`, one for each quantity of an
    uplink; `receptions`, one for each gateway that heard an uplink; `events`, one for each time that a device joined or
    told its status. The columns of each are fixed, and a column's `from` is one of their names, as below. Copies of a
    message have the same `message_id`, which belongs in every key.

    Readings are what the decoder of the network server made of an uplink: names of nested objects are joined by dots.
    Without that they are what a codec makes of its bytes: the one that `codecs` declares for the device's profile,
    else the one whose name the profile has. `units` are by quantity, and win over those of the codec. A message that
    cannot be read is quarantined by `readings` alone, with its line and the reason, and the other tables leave it
    out; an uplink whose bytes no codec can read still has its receptions. A frame without data has no readings, and a
    batch may have no events, so these tables need `bounds: {min_rows: 0}`.
    """

    type: Literal["lorawan"]
    rows: Literal["readings", "receptions", "events"]
    codecs: dict[Word, Annotated[str, AfterValidator(_known)]] = Field(default_factory=dict)
    units: dict[Word, Word] = Field(default_factory=dict)
    # the format unpacks its files itself
    archive: ClassVar[None] = None

    @model_validator(mode="after")
    def _only_readings_are_decoded(self) -> Self:
        if self.rows != "readings" and (self.codecs or self.units):
            raise ValueError("codecs and units are of rows: readings")
        return self

    def codec(self, profile: str) -> str | None:
        """The codec of a device profile, by declaration or by its name; None if there is none."""
        return self.codecs.get(profile, profile.lower() if _exists(profile.lower()) else None)

    def check_from(self, source: str) -> None:
        """Raises ValueError if a column's `from` cannot be a column of this format."""
        if source not in COLUMNS[self.rows]:
            raise ValueError(f"{source!r} is no column of {self.rows}; there are {', '.join(COLUMNS[self.rows])}")


def _in_words() -> str:
    told = [
        f"Columns of `{rows}`:\n\n" + "\n".join(f"- `{name}`: {meaning}" for name, meaning in columns.items())
        for rows, columns in COLUMNS.items()
    ]
    told += [f"Codecs `{brand}/…`: {', '.join(f'`{m}`' for m in models.split())}" for brand, models in CODECS.items()]
    return textwrap.indent("\n\n".join(told), "    ")


Lorawan.__doc__ = f"{Lorawan.__doc__}\n{_in_words()}\n    "
