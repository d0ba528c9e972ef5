"""An upload that nobody foresaw is rejected by itself; a full disk is not its fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.landing import Receipt
from lakehouse.spec.source import Source
from lakehouse.workbook import check as examining
from spark_jobs import bronze
from tests.support import uploads
from tests.support.feed import receipt


@pytest.fixture
def opened(tmp_path: Path) -> tuple[list[Source], Receipt, Path]:
    tables = uploads.tables(tmp_path)
    address = f"inbox/{uploads.CITY}/{uploads.DELIVERY}/2025/a.xlsx"
    path = tmp_path / "delivered"
    path.write_bytes(b"x")
    return tables, receipt(tables[0], 1, address, "a.xlsx"), path


def test_what_nobody_foresaw_rejects_one_upload(
    opened: tuple[list[Source], Receipt, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr(examining, "check", fails)
    with pytest.raises(DeliveryRejected, match=r"a.xlsx: cannot be examined \(ZeroDivisionError\)"):
        bronze._open(*opened)


def test_a_full_disk_is_tried_again(
    opened: tuple[list[Source], Receipt, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(examining, "check", fails)
    with pytest.raises(OSError, match="no space left"):
        bronze._open(*opened)
