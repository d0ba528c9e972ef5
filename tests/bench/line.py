"""Our own line: the functions that Airflow's tasks call, in their order, through the warm server."""

from __future__ import annotations

import logging

from dags.shared import stages, tasks
from lakehouse.lake import ledger, sql
from lakehouse.settings import Settings
from tests.bench.measure import Stopwatch


def run(settings: Settings, feed: str, run_id: str) -> tuple[Stopwatch, dict[str, int]]:
    """Lands what is served and takes it to silver.

    Returns:
        seconds of landing, of each stage, and of what lies between them; and the run's line in the ledger.
    """
    watch, seen = Stopwatch(), _Stages()
    stages.log.addHandler(seen)
    stages.log.setLevel(logging.INFO)
    try:
        with watch.part("land"):
            plan = tasks.land(feed, run_id, None, None)
        with watch.part("between"):
            tasks.load(feed, run_id, plan)
    finally:
        stages.log.removeHandler(seen)
        tasks.finish(feed, run_id)
    watch.seconds |= seen.seconds
    watch.seconds["between"] -= sum(seen.seconds.values())
    counts = ("quarantined", "duplicate", "updated", "inserted")
    with sql.connect(settings, "spark") as connection:
        (line,) = connection.execute(
            f"SELECT {', '.join(counts)} FROM {sql.scan(ledger.LEDGER)} WHERE feed = ? AND run_id = ?", [feed, run_id]
        ).fetchall()
    return watch, dict(zip(counts, line, strict=True))


class _Stages(logging.Handler):
    """Keeps what the stages say of their duration."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg == stages.TOOK:
            _, name, seconds = record.args or ("", "", 0)
            self.seconds[str(name)] = float(str(seconds))
