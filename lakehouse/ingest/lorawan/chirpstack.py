"""Events of ChirpStack 4 (https://www.chirpstack.io/docs/chirpstack/integrations/events.html)."""

from __future__ import annotations

import datetime as dt

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

EVENTS: tuple[str, ...] = ("up", "join", "status")
OTHER_EVENTS: tuple[str, ...] = ("ack", "txack", "log", "error", "location", "integration")


def decode(kind: str, message: Members) -> Uplink | DeviceEvent:
    """What an event of one of the `EVENTS` tells. Raises Undecodable."""
    info = message.below("deviceInfo")
    device = Device(info.identifier("devEui", 8), info.text("deviceName"), info.text("deviceProfileName"))
    moment, session = message.moment("time"), message.identifier("devAddr", 4)
    deduplication_id = message.text("deduplicationId")
    if moment is None:
        raise Undecodable("has no time")
    match kind:
        case "join":
            return DeviceEvent("join", device, moment, session, deduplication_id=deduplication_id)
        case "status":
            return status(message, device, moment, deduplication_id)
    sent = message.below("txInfo")
    lora = sent.below("modulation").below("lora")
    is_lora = sent.below("modulation").has("lora")
    return Uplink(
        device,
        session,
        message.whole("fCnt", 0, MAX_F_CNT),
        message.whole("fPort", 0, 255),
        moment,
        message.data("data"),
        readings(message.value.get("object"), "object"),
        Radio(
            sent.whole("frequency", 0, MAX_F_CNT) or None,
            lora.whole("spreadingFactor", 0, 12) or None,
            lora.whole("bandwidth", 0, 10_000_000) or None,
            message.whole("dr", 0, 15),
        ),
        one_per_gateway([_reception(heard, is_lora) for heard in message.each("rxInfo")]),
        deduplication_id,
    )


def status(message: Members, device: Device, moment: dt.datetime | None, deduplication_id: str = "") -> DeviceEvent:
    """What a device told of its battery and of what it hears; the same in ChirpStack 3 and 4. Raises Undecodable."""
    external = message.flag("externalPowerSource")
    level = message.number("batteryLevel", 0, 100)
    is_known = not external and not message.flag("batteryLevelUnavailable")
    return DeviceEvent(
        "status",
        device,
        moment,
        battery_level=level if is_known else None,
        margin=message.whole("margin", -32, 31),
        external_power=external,
        deduplication_id=deduplication_id,
    )


def _reception(heard: Members, is_lora: bool) -> Reception:
    gateway = heard.identifier("gatewayId", 8)
    if not gateway:
        raise Undecodable(f"has no gatewayId at {heard.path}")
    snr = heard.number("snr", -100, 100) if is_lora else None
    return Reception(gateway, heard.number("rssi", -200, 50), snr, *place(heard.below("location")))
