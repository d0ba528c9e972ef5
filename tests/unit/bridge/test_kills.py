"""Bridge, broker and MinIO are killed while messages come: what the network server was told is kept, is landed."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Thread

import pytest
from minio.error import MinioException
from paho.mqtt import client as mqtt
from urllib3.exceptions import HTTPError

from infra.local.config import Stack
from tests.support import minio, program
from tests.support.broker import UPLINK, client, connect, end, landed
from tests.support.program import Running

MESSAGES = 5_000
KILLS = ("bridge", "broker", "minio", "minio")
# as many as a network server may have under way; it goes on as it is acknowledged
WINDOW = 200
PAUSE_S = 0.001


@pytest.fixture
def killable(tmp_path: Path) -> Iterator[tuple[Stack, dict[str, Running]]]:
    """A stack of which three programs run."""
    made = minio.prepared(tmp_path)
    with ExitStack() as programs:
        store = programs.enter_context(program.running(made, "minio"))
        minio.provisioned(made)
        broker = programs.enter_context(program.running(made, "broker"))
        yield (
            made,
            {"minio": store, "broker": broker, "bridge": programs.enter_context(program.running(made, "bridge"))},
        )


def publisher(stack: Stack, acknowledged: set[int]) -> mqtt.Client:
    """A network server's client; notes the packet id of each message that the broker acknowledges."""
    made = client(stack, "network")
    made.max_inflight_messages_set(WINDOW)
    made.reconnect_delay_set(1, 1)
    made.on_publish = lambda _, __, mid, ___, ____: acknowledged.add(mid)
    return connect(made, stack)


def kill(programs: dict[str, Running], chance: random.Random) -> None:
    """Kills the programs in any order, each while messages come; it is away while a batch should be stored."""
    for name in chance.sample(KILLS, len(KILLS)):
        programs["bridge"].wait_ready()
        time.sleep(chance.uniform(0, 1))
        programs[name].kill()
        time.sleep(chance.uniform(0, 3))
        programs[name].start()


def test_every_acknowledged_message_is_landed_whatever_is_killed(
    killable: tuple[Stack, dict[str, Running]],
) -> None:
    stack, programs = killable
    acknowledged: set[int] = set()
    made = publisher(stack, acknowledged)
    seed = random.randrange(1 << 32)
    killer = Thread(target=kill, args=(programs, random.Random(seed)))
    killer.start()
    published = 0
    while published < MESSAGES or killer.is_alive():
        made.publish(UPLINK, json.dumps({"number": published, "filling": "x" * 300}), qos=1)
        published += 1
        time.sleep(PAUSE_S)
    killer.join()
    deadline = time.monotonic() + 120
    missing = set(range(published))
    while (missing or len(acknowledged) < published) and time.monotonic() < deadline:
        time.sleep(0.5)
        missing -= numbers(stack).keys()
    end(made)
    assert len(acknowledged) == published
    assert missing == set(), f"seed {seed}"


def numbers(stack: Stack) -> Counter[int]:
    """How often each message was landed; nothing while the store does not answer."""
    try:
        return Counter(json.loads(line["payload"])["number"] for line in landed(stack))
    except (HTTPError, MinioException):
        return Counter()
