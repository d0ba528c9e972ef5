"""Events of ChirpStack 3, in either of its two JSON forms.

The one follows the Protocol Buffers (EUIs in base64, `objectJSON` a text), the other is older (EUIs in hexadecimal
digits, `object`). Neither tells when the server received an uplink, only gateways do that have a clock.
Source: https://www.chirpstack.io/application-server/integrations/events/
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from lakehouse.ingest.lorawan.chirpstack import status
from lakehouse.ingest.lorawan.members import MAX_F_CNT, Members, place, readings
from lakehouse.ingest.lorawan.messages import (
    Device,
    DeviceEvent,
    Radio,
    Reception,
    Undecodable,
    Uplink,
    one_per_gateway,
)
from lakehouse.ingest.parse.json_values import Invalid, decoder, document


def decode(kind: str, message: Members) -> Uplink | DeviceEvent:
    """What an event of one of `chirpstack.EVENTS` tells. Raises Undecodable."""
    device = Device(message.identifier("devEUI", 8), message.text("deviceName"), message.text("deviceProfileName"))
    heard = message.each("rxInfo")
    moment = min((time for one in heard if (time := one.moment("time"))), default=None)
    session = message.identifier("devAddr", 4)
    match kind:
        case "join":
            return DeviceEvent("join", device, moment, session)
        case "status":
            return status(message, device, moment)
    sent = message.below("txInfo")
    lora = sent.below("loRaModulationInfo")
    return Uplink(
        device,
        session,
        message.whole("fCnt", 0, MAX_F_CNT),
        message.whole("fPort", 0, 255),
        moment,
        message.data("data"),
        _readings(message),
        Radio(
            sent.whole("frequency", 0, MAX_F_CNT) or None,
            lora.whole("spreadingFactor", 0, 12) or None,
            # in kHz
            lora.whole("bandwidth", 0, 10_000) * 1000 or None,
            message.whole("dr", 0, 15),
        ),
        one_per_gateway([_reception(one) for one in heard]),
        "" if session else _uplink_id(heard, moment),
    )


def _uplink_id(heard: list[Members], moment: dt.datetime | None) -> str:
    """What tells a frame of an unknown session from others: older servers tell no DevAddr."""
    told = min((text for one in heard if (text := one.text("uplinkID"))), default="")
    if not told and moment is None:
        raise Undecodable("tells neither devAddr nor uplinkID nor time: nothing tells it from other frames")
    return told


def _readings(message: Members) -> Any:
    if not (written := message.value.get("objectJSON")):
        return readings(message.value.get("object"), "object")
    if type(written) is not str:
        raise Undecodable("has an objectJSON that is no text")
    try:
        return readings(document(decoder(), written), "objectJSON")
    except Invalid as problem:
        raise Undecodable(f"has an objectJSON that {problem}") from None


def _reception(heard: Members) -> Reception:
    gateway = heard.identifier("gatewayID", 8)
    if not gateway:
        raise Undecodable(f"has no gatewayID at {heard.path}")
    snr = heard.number("loRaSNR", -100, 100)
    return Reception(gateway, heard.number("rssi", -200, 50), snr, *place(heard.below("location")))
