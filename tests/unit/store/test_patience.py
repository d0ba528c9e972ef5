"""A store that somebody waits for: what does not answer is told soon, whatever the store asks for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from minio.error import MinioException
from urllib3.exceptions import HTTPError

from lakehouse.storage import ObjectStore


class Starting(BaseHTTPRequestHandler):
    """Answers as MinIO does before it knows its keys."""

    def do_GET(self) -> None:
        self.send_response(503)
        self.send_header("Retry-After", "60")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def starting() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Starting) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_store_that_asks_for_a_minute_is_not_given_it(starting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", slept.append)
    with pytest.raises((HTTPError, MinioException)):
        ObjectStore(starting, "key", "secret-key", "us-east-1", patience=5).get("raw", "x")
    assert [seconds for seconds in slept if seconds >= 60] == []
