"""A real HTTP server on the loopback that misbehaves on demand."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Feeds:
    """Answers requests from a script, the last answer again and again; keeps what every request held."""

    base: str
    script: list[Answer] = field(default_factory=list)
    requests: list[dict[str, str]] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.base.rpartition(":")[2])

    @property
    def paths(self) -> list[str]:
        """What was asked for."""
        return [request["path"] for request in self.requests]

    def answers(self, *script: Answer) -> None:
        """What the next requests get."""
        self.script[:] = script
        self.requests.clear()


def answer(status: int = 200, body: bytes = b"", length: int | None = -1, **headers: str) -> Answer:
    """An answer; `length` -1 announces the body's own, None announces none (the end of the connection ends it)."""

    def write(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        if length is not None:
            request.send_header("Content-Length", str(len(body) if length == -1 else length))
        request.end_headers()
        request.wfile.write(body)

    return write


def routes(answers: dict[str, Answer | Any]) -> Answer:
    """Answers by path and query; what is no answer itself is sent as JSON, an unknown path is a 404."""

    def write(request: BaseHTTPRequestHandler) -> None:
        found = answers.get(request.path, answer(404))
        step = found if callable(found) else answer(body=json.dumps(found).encode(), Content_Type="application/json")
        step(request)

    return write


@contextmanager
def serve() -> Iterator[Feeds]:
    """A server on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            feeds.requests.append({**dict(self.headers), "path": self.path, "method": self.command, "body": sent})
            step = feeds.script.pop(0) if len(feeds.script) > 1 else feeds.script[0]
            try:
                step(self)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the client gave up, which is what some tests want
            self.close_connection = True

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    feeds = Feeds(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield feeds
    finally:
        server.shutdown()
        server.server_close()
