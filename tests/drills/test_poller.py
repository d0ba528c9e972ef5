"""Fifty releases of deliveries in random order and of some defects, under somebody who reads all the time."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakehouse.lake.release import manifest
from tests.drills.stacks import running
from tests.integration.region import current
from tests.support.polled import MADE_OF, UBA, history, reading, rebuilt, release_often
from tests.support.stack import LocalStack

RELEASES = 50


@pytest.mark.timeout(3600)
def test_a_reader_sees_fifty_whole_passed_releases(tmp_path: Path) -> None:
    with running(LocalStack(tmp_path)) as stack:
        stack.place()
        assert stack.run().failed == []
        with reading(stack) as seen:
            made = release_often(stack, history(RELEASES, seed=50))
        last = manifest(stack.store("analyst"), current(stack))
        for mart, built in rebuilt(stack, last, MADE_OF[UBA]).items():
            assert (built.rows, built.checksum) == (last.marts[mart].rows, last.marts[mart].checksum)
    assert seen.errors == []
    assert len(set(made.values())) == RELEASES
    assert {release: sums for release, sums in seen.sums.items() if release in made} == {
        release: {made[release]} for release in seen.sums if release in made
    }
    assert len(seen.sums) > RELEASES // 2
    print(f"{seen.reads} reads of {len(seen.sums)} releases")
