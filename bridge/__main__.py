"""Runs the bridge: ``python -m bridge``."""

from __future__ import annotations

import logging
import signal
import sys

from prometheus_client import start_http_server

from bridge.config import ROLE, BridgeSettings
from bridge.service import STORE_PATIENCE_S, Bridge
from lakehouse.errors import LakehouseError
from lakehouse.storage import ObjectStore


def main() -> None:
    """Serves until SIGTERM or SIGINT.

    Raises:
        LakehouseError: a setting is missing or malformed.
    """
    settings = BridgeSettings.load()
    logging.basicConfig(level=logging.WARNING, stream=sys.stdout, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("bridge").setLevel(logging.INFO)
    # each attempt of a client; the bridge tells the outcome in a sentence
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    bridge = Bridge(settings, ObjectStore.for_role(settings, ROLE, STORE_PATIENCE_S))
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, lambda *_: bridge.stop())
    start_http_server(settings.bridge_metrics_port, "127.0.0.1")
    bridge.run()


if __name__ == "__main__":
    try:
        main()
    except LakehouseError as error:
        sys.exit(str(error))
