"""A batch of messages: what is taken, what is refused and why, and the lines that are stored."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import json
from collections import Counter
from dataclasses import dataclass, field

from paho.mqtt.client import MQTTMessage, topic_matches_sub

CLOSES_AFTER_S = 2.0
CLOSES_AT_MESSAGES = 5_000
CLOSES_AT_BYTES = 8_000_000
TOO_LARGE, WRONG_TOPIC = "too large", "wrong topic"
_LONGEST_TOPIC = 512
# JSON of machines shrinks to a tenth at once; a higher level costs three times the time for a few percent
_COMPRESSION = 1


@dataclass
class Batch:
    """Messages that are stored together and only then acknowledged.

    Attributes:
        filters: topics of which messages are taken.
        max_message_bytes: largest payload that is taken.
        opened: time of the first message in seconds, on the clock that `add` is told; None while there is none.
        lines: the JSON line of each message that is taken.
        size: bytes of these lines.
        handles: packet id and QoS of every message, refused or not, in the order of arrival.
        refused: how many messages were refused, by reason.
    """

    filters: list[str]
    max_message_bytes: int
    opened: float | None = None
    lines: list[bytes] = field(default_factory=list)
    size: int = 0
    handles: list[tuple[int, int]] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)

    def add(self, message: MQTTMessage, now: float) -> None:
        """Takes or refuses a message that arrived at `now`."""
        if self.opened is None:
            self.opened = now
        self.handles.append((message.mid, message.qos))
        reason = self._reason(message)
        if reason is not None:
            self.refused[reason] += 1
            return
        line = _line(message.topic, message.payload)
        self.lines.append(line)
        self.size += len(line)

    def seconds_left(self, now: float) -> float:
        """Seconds until the batch closes by age, not below 0."""
        return CLOSES_AFTER_S if self.opened is None else max(0.0, self.opened + CLOSES_AFTER_S - now)

    def is_closed(self, now: float) -> bool:
        """Whether the batch is to be stored: it is old, has many messages, or is large."""
        return bool(self.handles) and (
            self.seconds_left(now) == 0 or len(self.handles) >= CLOSES_AT_MESSAGES or self.size >= CLOSES_AT_BYTES
        )

    def packed(self) -> bytes:
        """The lines as gzip; the same lines give the same bytes."""
        return gzip.compress(b"".join(self.lines), _COMPRESSION, mtime=0)

    def _reason(self, message: MQTTMessage) -> str | None:
        if len(message.payload) > self.max_message_bytes:
            return TOO_LARGE
        try:
            topic = message.topic
        except UnicodeDecodeError:
            return WRONG_TOPIC
        # A session remembers what was subscribed once, so other topics than those of today may come.
        known = any(topic_matches_sub(each, topic) for each in self.filters)
        well_formed = len(topic) <= _LONGEST_TOPIC and topic.isprintable() and "" not in topic.split("/")
        return None if known and well_formed else WRONG_TOPIC


def _line(topic: str, payload: bytes | bytearray) -> bytes:
    received_at = dt.datetime.now(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    line = {"topic": topic, "received_at": received_at}
    try:
        line["payload"] = payload.decode()
    except UnicodeDecodeError:
        line["payload_base64"] = base64.b64encode(payload).decode()
    return json.dumps(line, ensure_ascii=False).encode() + b"\n"
