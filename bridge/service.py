"""The bridge itself: one connection, one batch, one thread.

While a batch is being stored nothing is read, so the broker holds back what comes meanwhile. What goes wrong with the
broker or the store ends the connection: the batch is forgotten, and the broker delivers all that was not acknowledged
again, once both are back. So there is no state to keep and nothing to lose.
"""

from __future__ import annotations

import datetime as dt
import logging
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import httpx
from minio.error import MinioException
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode
from urllib3.exceptions import HTTPError

from bridge import metrics
from bridge.batch import Batch
from bridge.config import ROLE, BridgeSettings
from lakehouse.errors import LakehouseError
from lakehouse.ingest import landing
from lakehouse.storage import ObjectStore

FEED = "lorawan__uplink"
FILE = "messages.jsonl.gz"
_KEEPALIVE_S = 60
_ANSWERS_WITHIN_S = 10.0
# a store that does not answer for longer is away
STORE_PATIENCE_S = 5.0
_LONGEST_PAUSE_S = 30.0
_MOST_ROUND_S = 0.5
_REFUSED = 128
_TROUBLE = (OSError, LakehouseError, MinioException, HTTPError, httpx.HTTPError)

log = logging.getLogger("bridge")


class BrokerError(LakehouseError):
    """The broker is away or refuses; trying again later may help."""


class Bridge:
    """Takes messages until it is told to stop."""

    def __init__(self, settings: BridgeSettings, store: ObjectStore) -> None:
        """Keeps settings and store; nothing is connected yet.

        Args:
            settings: broker, topics and bounds.
            store: store of the role `bridge`; impatient, because somebody waits for each batch.
        """
        self._settings = settings
        self._store = store
        self._stop = threading.Event()
        self._pause_s = 1.0
        self._oldest: float | None = None
        self._reconnects = 0
        self._refused: Counter[str] = Counter()
        self._subscribed = False
        self._landed_at = dt.datetime.min.replace(tzinfo=dt.UTC)
        self._batch = self._new_batch()
        metrics.LAG.set_function(lambda: time.monotonic() - self._oldest if self._oldest is not None else 0.0)

    def stop(self) -> None:
        """Has `run` land what it holds, acknowledge it and return; may be called by a signal."""
        self._stop.set()

    def run(self) -> None:
        """Serves until `stop`, however often broker or store go away."""
        while not self._stop.is_set():
            try:
                self._serve()
            except _TROUBLE as error:
                metrics.RECONNECTS.inc()
                self._reconnects += 1
                log.warning("Nothing is acknowledged, next try in %.0f s: %s", self._pause_s, _sentence(error))
                self._stop.wait(self._pause_s)
                self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)
            finally:
                metrics.CONNECTED.set(0)

    def _new_batch(self) -> Batch:
        return Batch(self._settings.topics, self._settings.bridge_max_message_bytes)

    def _serve(self) -> None:
        self._batch = self._new_batch()
        self._subscribed = False
        client = self._client()
        try:
            client.connect(self._settings.mqtt_host, self._settings.mqtt_port, _KEEPALIVE_S)
            connecting_until = time.monotonic() + _ANSWERS_WITHIN_S
            while not self._stop.is_set():
                _check(client.loop(min(self._batch.seconds_left(time.monotonic()), _MOST_ROUND_S)))
                if not self._subscribed and time.monotonic() > connecting_until:
                    raise BrokerError(f"{self._settings.address} does not answer")
                if self._batch.is_closed(time.monotonic()):
                    self._settle(client)
            if self._batch.handles:
                self._settle(client)
            while client.want_write():
                _check(client.loop(_MOST_ROUND_S))
        finally:
            client.disconnect()

    def _client(self) -> mqtt.Client:
        """A client that acknowledges only when it is told; MQTT 3.1.1, which every network server's broker speaks."""
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2, self._settings.mqtt_client_id, clean_session=False, manual_ack=True
        )
        client.username_pw_set(self._settings.mqtt_user, self._settings.mqtt_password.get_secret_value())
        client.tls_set(str(self._settings.mqtt_ca_file) if self._settings.mqtt_ca_file else None)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    def _on_connect(self, client: mqtt.Client, _: object, flags: object, reason: ReasonCode, __: object) -> None:
        if reason.is_failure:
            raise BrokerError(f"{self._settings.address} refuses the connection: {reason}")
        # Every time: the broker may have lost the session, and a setting may have changed.
        client.subscribe([(topic, 1) for topic in self._settings.topics])

    def _on_subscribe(self, client: mqtt.Client, _: object, mid: int, granted: list[ReasonCode], __: object) -> None:
        told = dict(zip(self._settings.topics, granted, strict=True))
        if refused := [topic for topic, code in told.items() if code.value >= _REFUSED]:
            raise BrokerError(f"{self._settings.address} refuses the subscription to {' and '.join(refused)}")
        for topic in (topic for topic, code in told.items() if code.value == 0):
            log.warning("The broker grants %s without acknowledgement: what is under way may be lost", topic)
        self._subscribed = True
        metrics.CONNECTED.set(1)
        log.info("Connected to %s", self._settings.address)

    def _on_message(self, _: mqtt.Client, __: object, message: mqtt.MQTTMessage) -> None:
        now = time.monotonic()
        if self._oldest is None:
            self._oldest = now
        self._batch.add(message, now)
        metrics.RECEIVED.inc()

    def _settle(self, client: mqtt.Client) -> None:
        """Stores the batch, and only then acknowledges its messages."""
        batch = self._batch
        told = self._refused + batch.refused
        delivery = self._land(batch, told) if batch.lines else "nothing"
        for mid, qos in batch.handles:
            _check(client.ack(mid, qos))
        self._batch = self._new_batch()
        self._oldest = None
        self._pause_s = 1.0
        # what no receipt has told yet is told by the next one
        self._refused = Counter() if batch.lines else told
        for reason, count in batch.refused.items():
            metrics.REFUSED.labels(reason).inc(count)
        refused = ", ".join(f"{count} {reason}" for reason, count in sorted(batch.refused.items()))
        log.info("Landed %s with %d messages; refused: %s", delivery, len(batch.lines), refused or "none")

    def _land(self, batch: Batch, refused: Counter[str]) -> str:
        packed = batch.packed()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / FILE
            path.write_bytes(packed)
            # Who loads deliveries goes on from the last one: a clock that is set back must not put a batch before it.
            now = self._landed_at = max(dt.datetime.now(dt.UTC), self._landed_at + dt.timedelta(microseconds=1))
            receipt = landing.receipt_for(
                FEED,
                path,
                now,
                file=FILE,
                address=self._settings.address,
                published_at=now,
                content_type="application/gzip",
                etag=None,
                last_modified=None,
                licence=None,
                run_id=f"{ROLE}__{self._settings.mqtt_client_id}",
                bridge=landing.Bridged(
                    messages=len(batch.lines),
                    lag_seconds=round(time.monotonic() - (self._oldest or time.monotonic()), 3),
                    refused=refused,
                    reconnects=self._reconnects,
                ),
            )
            landing.keep(self._store, receipt, path)
        self._reconnects = 0
        metrics.BATCHES.inc()
        metrics.LANDED.inc(len(batch.lines))
        metrics.STORED.inc(len(packed))
        return receipt.delivery


def _check(code: MQTTErrorCode) -> None:
    if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
        raise BrokerError(f"the connection to the broker is lost: {mqtt.error_string(code)}")


def _sentence(error: BaseException) -> str:
    """What an error says of broker or store; theirs hold addresses, never messages."""
    return f"{type(error).__name__}: {error}".partition("\n")[0]
