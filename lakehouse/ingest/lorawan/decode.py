"""An MQTT message of a LoRaWAN network server, as what it tells whatever the server."""

from __future__ import annotations

import re

from lakehouse.ingest.lorawan import chirpstack, chirpstack_v3, things_stack
from lakehouse.ingest.lorawan.members import Members, shown
from lakehouse.ingest.lorawan.messages import DeviceEvent, Undecodable, Uplink
from lakehouse.ingest.parse.json_values import Invalid, decoder, document

# a frame has at most 255 bytes, its message a few kilobytes: what dozens of gateways heard stays far below
MAX_PAYLOAD = 1 << 20
CHIRPSTACK = re.compile(r"application/[^/]+/device/([^/]+)/event/([^/]+)")
THINGS_STACK = re.compile(r"v3/[^/]+/devices/([^/]+)/(.+)")
_DECODER = decoder()


def decode(topic: str, payload: bytes) -> Uplink | DeviceEvent | None:
    """What a message tells.

    Known are ChirpStack 4 and 3 (`application/+/device/+/event/+`) and The Things Stack 3 (`v3/+/devices/+/#`).

    Args:
        topic: the MQTT topic under which it came.
        payload: its bytes.

    Returns:
        The uplink or event; None for kinds of messages that are no matter of ours (what became of downlinks, logs,
        locations).

    Raises:
        Undecodable: topic or payload is none of these servers, a member cannot be read, or the topic is of another
            device than the payload, so one of them is forged.
    """
    if match := CHIRPSTACK.fullmatch(topic):
        eui, kind = match[1].lower(), match[2]
        ours, others = chirpstack.EVENTS, chirpstack.OTHER_EVENTS
    elif match := THINGS_STACK.fullmatch(topic):
        eui, kind = "", match[2]
        ours, others = things_stack.EVENTS, things_stack.OTHER_EVENTS
    else:
        raise Undecodable(f"came under the topic {shown(topic)}, which is of no known network server")
    if kind in others:
        return None
    if kind not in ours:
        raise Undecodable(f"is of a kind that is not known: {shown(kind)}")
    message = _members(payload)
    found = _of_chirpstack(kind, message) if eui else things_stack.decode(kind, match[1], message)
    if not found.device.eui:
        raise Undecodable("has no EUI of its device")
    if eui and found.device.eui != eui:
        raise Undecodable(f"is of device {found.device.eui}, and its topic of {eui}")
    return found


def _of_chirpstack(kind: str, message: Members) -> Uplink | DeviceEvent:
    if message.has("deviceInfo"):
        return chirpstack.decode(kind, message)
    if message.has("devEUI"):
        return chirpstack_v3.decode(kind, message)
    raise Undecodable("has neither deviceInfo (ChirpStack 4) nor devEUI (ChirpStack 3)")


def _members(payload: bytes) -> Members:
    if len(payload) > MAX_PAYLOAD:
        raise Undecodable(f"has {len(payload)} bytes, more than {MAX_PAYLOAD}")
    try:
        return Members(document(_DECODER, payload.decode()))
    except UnicodeDecodeError as error:
        raise Undecodable(f"is not UTF-8: byte {error.start + 1} is {payload[error.start]:#04x}") from None
    except Invalid as problem:
        raise Undecodable(str(problem)) from None
