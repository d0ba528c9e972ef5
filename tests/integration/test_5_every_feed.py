"""Every feed through the warm server into silver, as its tasks do it; those that a release awaits came by Airflow."""

from __future__ import annotations

import pytest

from lakehouse import names
from lakehouse.lake import ledger, sql
from tests.conftest import SHARED
from tests.integration.every_feed import KEPT, OTHERS, RUN, load
from tests.support.stack import LocalStack

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("feed", OTHERS)
def test_a_feed_reaches_silver_with_every_row_accounted_for(stack: LocalStack, feed: str) -> None:
    expected = load(stack, feed, SHARED / "data" if SHARED.is_dir() else None)
    with stack.lake() as lake:
        ((*kept, valid, stored),) = lake.execute(
            f"""SELECT {", ".join(KEPT)}, unchanged + inserted + updated,
            (SELECT count(*) FROM {sql.scan(names.uri("silver", feed))})
            FROM {sql.scan(ledger.LEDGER)} WHERE feed = '{feed}' AND run_id = '{RUN}'"""
        ).fetchall()
    assert dict(zip((*KEPT, "valid"), (*kept, valid), strict=True)) == expected
    assert stored == expected["valid"]
