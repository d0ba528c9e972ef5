"""Frames that were received and lost, by the frame counter of each session."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse.ingest.lorawan.frames import loss

TOP_16, TOP_32 = 2**16 - 1, 2**32 - 1


@pytest.mark.parametrize(
    ("counters", "expected"),
    [
        ([], (0, 0)),
        ([5], (1, 0)),
        ([5, 6, 7], (3, 0)),
        ([5, 8], (2, 2)),
        ([7, 5, 6], (3, 0)),
        ([5, 5, 6, 5, 6], (2, 0)),
        ([TOP_16 - 1, TOP_16, 0, 1], (4, 0)),
        ([TOP_16 - 1, 1], (2, 2)),
        ([0, TOP_16, 1], (3, 0)),
        ([TOP_16, 0, TOP_16 - 1], (3, 0)),
        ([TOP_16, TOP_16 + 1], (2, 0)),
        ([TOP_32, 0, 1], (3, 0)),
        ([TOP_32 - 1, 0], (2, 1)),
        ([0, 40_000], (2, 39_999)),
        ([0, TOP_16 + 1], (2, TOP_16)),
        ([70_000, 70_001], (2, 0)),
        ([70_000, 5], (2, 69_994)),
        ([TOP_16, 0, TOP_16 - 15_000, 2_000], (4, 16_998)),
    ],
)
def test_within_a_session(counters: list[int], expected: tuple[int, int]) -> None:
    assert loss([("a", counter) for counter in counters]) == expected


def test_a_counter_that_begins_anew_after_a_join_is_no_loss() -> None:
    assert loss([("a", 100), ("a", 101), ("b", 0), ("b", 1), ("a", 102), ("b", 4)]) == (6, 2)


def test_a_counter_goes_over_its_end_as_often_as_it_likes() -> None:
    assert loss([("a", counter & TOP_16) for counter in range(0, 3 << 16, 1000)]) == (197, 196 * 999)


@given(st.integers(0, TOP_16), st.sets(st.integers(0, 200), min_size=1), st.integers(0, 10_000))
def test_neither_order_nor_copies_nor_the_first_counter_matter(start: int, came: set[int], seed: int) -> None:
    frames = [("a", start + number & TOP_16) for number in [*came, *came]]
    random.Random(seed).shuffle(frames)
    assert loss(frames) == (len(came), max(came) - min(came) + 1 - len(came))
