"""Whether an upload may lie where it was put, whatever is in it."""

from __future__ import annotations

from pathlib import Path

from lakehouse.spec.inbox import Inbox
from lakehouse.spec.source import Source
from lakehouse.workbook.opening import Refused


def check_period(table: Source, period: str) -> None:
    """Raises Refused if an upload was put down for a period that its delivery does not know."""
    assert isinstance(table.fetch, Inbox)  # what is uploaded is
    if not table.fetch.is_period(period):
        form = f"{table.fetch.since}-H1" if table.fetch.period == "half_year" else str(table.fetch.since)
        raise Refused(
            f"„{period}“ ist kein Zeitraum dieser Lieferung. Bitte legen Sie die Datei unter einem Zeitraum ab, der "
            f"wie {form} geschrieben ist und nicht davor liegt."
        )


def check_size(path: Path, table: Source) -> None:
    """Raises Refused if an upload is larger than its delivery may be."""
    # the upload page takes nothing larger, but there are other ways into the store
    assert isinstance(table.fetch, Inbox)  # what is uploaded is put there
    if path.stat().st_size > table.fetch.max_bytes:
        most = table.fetch.max_bytes // 1_000_000 or 1
        raise Refused(f"Die Datei ist zu groß: Angenommen werden höchstens {most} MB.")
