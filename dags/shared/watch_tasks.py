"""Body of the task that watches the sources; the imports are inside so that parsing stays fast."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import asdict

log = logging.getLogger("smartvest.watch")


def watch() -> None:
    """Writes `ops.source_health`, alerts when a feed has become late, and names what nobody takes from the inbox.

    The alert goes first: if it cannot be delivered the task is tried again, and nothing says that it was sent.
    """
    from airflow.sdk import get_current_context

    from dags.shared.alert import Alert
    from lakehouse.ingest import inbox
    from lakehouse.lake import health, ops, sql
    from lakehouse.settings import Settings
    from lakehouse.spec.discovery import feed_ids, readable
    from lakehouse.storage import ObjectStore

    settings = Settings.load()
    sources, refused = readable(settings.sources_dir, feed_ids(settings.sources_dir))
    sources = {feed: source for feed, source in sources.items() if settings.runs(source.delivery)}
    store = ObjectStore.for_role(settings, "spark")
    with sql.connect(settings, "spark") as connection:
        lines = health.check(connection, store, sources, dt.datetime.now(dt.UTC))
        news = health.newly_late(lines, health.late_before(connection))
    if news:
        Alert("\n".join(line.sentence for line in news))(get_current_context())
    ops.replace(settings, "source_health", (asdict(line) for line in lines))
    for reason in refused.values():
        log.warning("not watched: %s", reason)
    for key in inbox.stray(ObjectStore.for_role(settings, "landing"), sources.values()):
        log.warning("nobody takes %s from the inbox", key)
    late = sum(line.is_late for line in lines)
    log.info("%d feeds and partitions, %d late, %d of them new", len(lines), late, len(news))
