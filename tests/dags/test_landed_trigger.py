"""When a run starts for what the bridge landed: once for what is open, and not at once again where a run failed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from dags.shared import landed_trigger
from dags.shared.landed_trigger import AGAIN_S, BEGUN_S, POLL_S, LandedTrigger


class Over(Exception):
    """The story that a test tells has ended."""


def fired(monkeypatch: pytest.MonkeyPatch, look: Callable[[float, str], tuple[str, bool]], until: float) -> list[float]:
    """Seconds after which the trigger fires, on a clock that only moves while it sleeps."""
    now, told = [0.0], list[float]()

    async def sleep(seconds: float) -> None:
        now[0] += seconds
        if now[0] > until:
            raise Over

    async def run() -> None:
        async for event in LandedTrigger("lorawan__uplink").run():
            assert event.payload["feed"] == "lorawan__uplink"
            told.append(now[0])

    monkeypatch.setattr(landed_trigger, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(landed_trigger, "_look", lambda _, known: look(now[0], known))
    monkeypatch.setattr(landed_trigger, "asyncio", SimpleNamespace(sleep=sleep, to_thread=in_place))
    with pytest.raises(Over):
        asyncio.run(run())
    return told


async def in_place(look: Callable[..., tuple[str, bool]], *arguments: str) -> tuple[str, bool]:
    return look(*arguments)


def test_nothing_is_fired_while_all_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fired(monkeypatch, lambda _, known: (known, False), until=100) == []


def test_a_run_that_settles_something_is_followed_by_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Something is always open, a run takes 20 seconds, and while it lasts nobody is to be called."""
    started: list[float] = []

    def look(now: float, known: str) -> tuple[str, bool]:
        if started and now < started[-1] + 20:
            return known, False
        started.append(now)
        return f"d{len(started)}", True

    assert fired(monkeypatch, look, until=61) == [0, 20, 40, 60]


def test_a_run_is_given_time_to_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[float] = []

    def look(now: float, _: str) -> tuple[str, bool]:
        looked.append(now)
        return f"d{len(looked)}", True

    assert fired(monkeypatch, look, until=2 * BEGUN_S) == [0, BEGUN_S, 2 * BEGUN_S]
    assert looked == [0, BEGUN_S, 2 * BEGUN_S], "the ledger is not read for nothing"


def test_a_run_that_settled_nothing_is_started_again_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    times = fired(monkeypatch, lambda *_: ("d1", True), until=BEGUN_S + 2 * AGAIN_S + 1)
    assert times == [0, BEGUN_S, BEGUN_S + AGAIN_S, BEGUN_S + 2 * AGAIN_S]


def test_a_store_that_does_not_answer_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def look(now: float, _: str) -> tuple[str, bool]:
        if now < 25:
            raise OSError("no route to host")
        return "d1", True

    assert fired(monkeypatch, look, until=32) == [30]


def test_what_is_settled_already_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    known_then: list[str] = []

    def look(now: float, known: str) -> tuple[str, bool]:
        known_then.append(known)
        return f"d{now:.0f}", False

    assert fired(monkeypatch, look, until=3 * POLL_S - 0.5) == []
    assert known_then == ["", "d0", "d2"]


def test_the_triggerer_makes_it_again() -> None:
    path, arguments = LandedTrigger("lorawan__uplink").serialize()
    assert (path, arguments) == ("dags.shared.landed_trigger.LandedTrigger", {"feed": "lorawan__uplink"})
