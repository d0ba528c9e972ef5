"""The page as a process: what its web server refuses by itself, and what it holds after many uploads."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support import portal
from tests.support.portal import HERTEN, MAX_BYTES, PASSWORD
from tests.unit.portal.sending import page, workbook


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """Where a page of its own runs, and as which process."""
    with (
        portal.running(tmp_path_factory.mktemp("server")) as ground,
        portal.served(ground, SMARTVEST_PORTAL_UPLOADS_PER_HOUR="1000") as (url, process),
    ):
        yield url, process.pid


def signed_in(url: str) -> httpx.Client:
    client = httpx.Client(base_url=url, headers={"Origin": url})
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get("/anmelden/").text)[0]
    form = {"username": f"{HERTEN}-cdo", "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert client.post("/anmelden/", data=form).status_code == 302
    return client


def memory(pid: int) -> int:
    """Resident bytes of a process."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text("ascii"))
    assert found is not None
    return int(found[1]) * 1024


def test_two_hundred_uploads_leave_the_memory_flat(address: tuple[str, int]) -> None:
    url, pid = address
    client = signed_in(url)
    at = page() + "hochladen/"
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(at).text)[0]
    content = workbook().ljust(MAX_BYTES, b"\0")
    used = []
    for _ in range(200):
        response = client.post(at, data={"csrfmiddlewaretoken": token}, files={"file": ("x.xlsx", content)})
        assert response.status_code == 302
        used.append(memory(pid))
    # a quarter of what went through in between
    assert used[-1] - used[49] < 150 * MAX_BYTES / 4


def asked(address: str, head: str) -> str:
    """The whole answer to the head of a request."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(head.encode())
        answer = b""
        while more := connection.recv(65536):
            answer += more
    return answer.decode()


def test_a_body_beyond_all_measure_is_refused_at_its_head(address: tuple[str, int]) -> None:
    head = f"POST {page()}hochladen/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n"
    shown = asked(address[0], head)
    assert shown.startswith("HTTP/1.1 413 ")
    assert "Die Datei ist viel zu groß. Es wurde nichts gespeichert." in shown
    assert "X-Content-Type-Options: nosniff" in shown and "Cache-Control: no-store" in shown
    assert "waitress" not in shown.lower()


def test_a_request_that_is_none_is_refused_without_details(address: tuple[str, int]) -> None:
    answer = asked(address[0], "GET / HTTP/1.1\r\nContent-Length: viel\r\n\r\n")
    assert answer.startswith("HTTP/1.1 400 ")
    assert "Die Anfrage ist nicht lesbar" in answer
    assert "waitress" not in answer.lower()


def test_a_missing_setting_is_named(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "portal"],
        env={"SMARTVEST_STATE_DIR": str(tmp_path), "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "SMARTVEST_S3_ENDPOINT: Field required" in done.stderr
    assert "Traceback" not in done.stderr


def test_openid_connect_is_set_up_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from portal.config import PortalSettings

    with pytest.raises(ValueError, match="OIDC_ISSUER is set, but not OIDC_AUTHORIZATION_ENDPOINT, .*OIDC_CLIENT_ID"):
        PortalSettings(s3_endpoint="http://s3", s3_region="x", state_dir=tmp_path, oidc_issuer="https://issuer.example")
