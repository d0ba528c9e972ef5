"""Messages of The Things Stack 3 (https://www.thethingsindustries.com/docs/integrations/data-formats/)."""

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

EVENTS: tuple[str, ...] = ("up", "join")
# an uplink whose readings were renamed comes beside the uplink itself
OTHER_EVENTS: tuple[str, ...] = (
    "up/normalized",
    "down/push",
    "down/replace",
    "down/queued",
    "down/sent",
    "down/ack",
    "down/nack",
    "down/failed",
    "down/queue-invalidated",
    "service/data",
    "location/solved",
)


def decode(kind: str, device_id: str, message: Members) -> Uplink | DeviceEvent:
    """What a message of one of the `EVENTS` tells.

    Args:
        kind: of the message.
        device_id: the device under whose topic it came.
        message: its members.

    Raises:
        Undecodable: a member cannot be read, the topic is of another device, or no device sent it.
    """
    ids = message.below("end_device_ids")
    if ids.text("device_id") != device_id:
        raise Undecodable(f"is of device {ids.text('device_id')!r}, and its topic of {device_id!r}")
    if message.flag("simulated"):
        raise Undecodable("is simulated: no device sent it")
    told = message.below("join_accept" if kind == "join" else "uplink_message")
    versions = told.below("version_ids")
    model = "/".join(filter(None, (versions.text("brand_id"), versions.text("model_id"))))
    device = Device(ids.identifier("dev_eui", 8), device_id, model)
    # when the network server received it: the time outside is the application server's
    moment = told.moment("received_at")
    if moment is None:
        raise Undecodable(f"has no {told.path}.received_at")
    session = told.text("session_key_id") or ids.identifier("dev_addr", 4)
    return DeviceEvent("join", device, moment, session) if kind == "join" else _uplink(told, device, moment, session)


def _uplink(told: Members, device: Device, moment: dt.datetime, session: str) -> Uplink:
    settings = told.below("settings")
    rate = settings.below("data_rate")
    lora = rate.below("lora")
    return Uplink(
        device,
        session,
        told.whole("f_cnt", 0, MAX_F_CNT),
        told.whole("f_port", 0, 255),
        moment,
        told.data("frm_payload"),
        readings(told.value.get("decoded_payload"), "decoded_payload"),
        Radio(
            settings.whole("frequency", 0, MAX_F_CNT) or None,
            lora.whole("spreading_factor", 0, 12) or None,
            lora.whole("bandwidth", 0, 10_000_000) or None,
            settings.whole("data_rate_index", 0, 15) if settings.has("data_rate_index") else None,
        ),
        one_per_gateway([_reception(heard, rate.has("lora")) for heard in told.each("rx_metadata")]),
    )


def _reception(heard: Members, is_lora: bool) -> Reception:
    ids = heard.below("gateway_ids")
    # gateways of other networks share one id
    foreign = heard.below("packet_broker").identifier("forwarder_gateway_eui", 8)
    gateway = ids.identifier("eui", 8) or foreign or ids.text("gateway_id")
    if not gateway:
        raise Undecodable(f"has no gateway at {heard.path}.gateway_ids")
    snr = heard.number("snr", -100, 100) if is_lora else None
    return Reception(gateway, heard.number("rssi", -200, 50), snr, *place(heard.below("location")))
