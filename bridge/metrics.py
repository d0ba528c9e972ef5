"""What Prometheus is told, on loopback."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

RECEIVED = Counter("smartvest_bridge_messages_received", "Messages that the broker handed over, repeated ones included")
LANDED = Counter("smartvest_bridge_messages_landed", "Messages that are stored with a receipt")
REFUSED = Counter("smartvest_bridge_messages_refused", "Messages that are acknowledged but not stored", ["reason"])
BATCHES = Counter("smartvest_bridge_batches", "Deliveries that were landed")
STORED = Counter("smartvest_bridge_stored_bytes", "Bytes of these deliveries, as they are stored")
RECONNECTS = Counter("smartvest_bridge_reconnects", "How often broker or store were lost and are tried again")
CONNECTED = Gauge("smartvest_bridge_connected", "1 while the broker hands over what it gets")
LAG = Gauge("smartvest_bridge_lag_seconds", "How long the oldest message that came and is not acknowledged waits")
