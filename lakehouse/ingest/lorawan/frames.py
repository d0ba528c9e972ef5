"""How many frames of a device were received, and how many were lost, by its frame counter."""

from __future__ import annotations

from collections.abc import Iterable

# a step over the counter's end that is longer is none: no server accepts a frame behind so many lost ones
# (MAX_FCNT_GAP of LoRaWAN Regional Parameters)
MAX_GAP = 16_384
SHORT, LONG = 1 << 16, 1 << 32


def loss(frames: Iterable[tuple[str, int]]) -> tuple[int, int]:
    """Frames that were received and frames that were lost, over all sessions.

    Within a session the frames between the lowest and the highest counter that never came are lost. Copies and replays
    count once, and the order does not matter. The counter goes on at zero after 2**16 - 1, or after 2**32 - 1 in a
    session that has counters above 2**16 - 1. A device that joins has a new session, so that its counter begins
    anew is no loss. One that begins anew within its session (a device with a fixed address that was switched off)
    cannot be told from late frames and replays.

    Args:
        frames: session and frame counter of each frame, about in the order in which they were received.

    Returns:
        Number of different frames received, and number of frames lost.
    """
    sessions: dict[str, list[int]] = {}
    for session, counter in frames:
        sessions.setdefault(session, []).append(counter)
    received = lost = 0
    for counters in sessions.values():
        seen = set(_unwrapped(counters))
        received += len(seen)
        lost += max(seen) - min(seen) + 1 - len(seen)
    return received, lost


def _unwrapped(counters: list[int]) -> Iterable[int]:
    """The counters as if they had no end."""
    size = LONG if max(counters) >= SHORT else SHORT
    newest = counters[0]
    for counter in counters:
        there = newest - newest % size + counter
        if there + size - newest <= MAX_GAP:
            there += size
        elif 0 < newest - there + size <= MAX_GAP:
            there -= size
        newest = max(newest, there)
        yield there
