"""What is no sound workbook: each ends in one named refusal, before it takes time or memory."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from lakehouse.errors import DeliveryRejected
from tests.support.hostile import packed
from tests.support.sheets import cell, changed, ods, row, sheet_data, xlsx
from tests.unit.ingest.test_parse_sheet import ODS, XLSX, declared, parsed, values

GOOD = xlsx(["Baum"], ["Eiche"])
FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"{}</c></row>'
NOISE = [[random.Random(n).randbytes(10_000).hex()] for n in range(3)]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)
LAUGHS = '<!DOCTYPE r [<!ENTITY a "ha">]><worksheet/>'
REFUSED: dict[str, tuple[dict[str, Any], bytes, str]] = {
    "nothing": (XLSX, b"", "all: is empty"),
    "a stub": (XLSX, b"PK\3\4", "all: is not an xlsx workbook, or was cut off"),
    "text": (XLSX, b"Baum\n1\n", "all: is not an xlsx workbook, or was cut off"),
    "cut": (XLSX, GOOD[:-100], "all: is not an xlsx workbook, or was cut off"),
    "broken": (XLSX, GOOD[:60] + b"xxxx" + GOOD[64:], "is broken or was cut off"),
    "another zip": (XLSX, packed(("a.csv", b"Baum\n")), "is not an xlsx workbook: it has no xl/workbook.xml"),
    "an ods": (XLSX, ods(row("Baum")), "is not an xlsx workbook: it has no xl/workbook.xml"),
    "an xlsx": (ODS, GOOD, "is not an ods workbook: its mimetype is missing"),
    "a text document": (ODS, ods(mimetype="application/vnd.oasis.opendocument.text"), "is not an ods workbook"),
    "encrypted": (XLSX, OLE + "EncryptedPackage".encode("utf-16-le"), "all: is encrypted, declared is xlsx"),
    "xls": (XLSX, OLE, "all: is a workbook of the old form xls, declared is xlsx"),
    "encrypted ods": (
        ODS,
        changed(ods(), "META-INF/manifest.xml", lambda _: "<manifest><file><encryption-data/></file></manifest>"),
        "all: is encrypted",
    ),
    "no such header": (
        XLSX, xlsx(["Bericht"], ["Art", "Bäume"], [1, 2]),
        "all, sheet Tabelle1: the header lacks 'Baum' (probably renamed to 'Bäume'); new: 'Art', 'Bäume'",
    ),
    "a header twice": (XLSX, xlsx(["Baum", "Baum"], [1, 2]), "the header names columns twice: Baum"),
    "only a header": (XLSX, xlsx(["Baum"]), "holds no record"),
    "too few rows": ({**XLSX, "header_row": 3}, GOOD, "all, sheet Tabelle1: ends before its header"),
    "bomb": (XLSX, sheet_data("<row/>" * 400_000), "unpacks to more than 200 times its size"),
    "large": ({**XLSX, "max_unpacked_bytes": 50_000}, xlsx(["Baum"], *NOISE), "unpacks to more than 50000 bytes"),
    "a far cell": (XLSX, sheet_data(FAR.format("><v>1</v>")), "spreads over 1048576 rows and 16384 columns"),
    "far cells of ods": (ODS, ods(row(1, repeated=10**6) + "".join(row(*range(30)))), "spreads over 1000001 rows"),
    "several large sheets": (
        ODS,
        ods(row(1), row(None, repeated=10**7), row(1), '</table:table><table:table table:name="2">',
            row(1), row(None, repeated=10**7), row(1)),
        "has sheets that spread over more than 20000000 cells",
    ),
    "repeated cells": (ODS, ods(f"<table:table-row>{cell(1, 10**9)}</table:table-row>"), "1000000000 columns"),
    "a text many times": (
        {**XLSX, "max_unpacked_bytes": 2_000_000}, xlsx(["Baum"], *[["x" * 30_000]] * 70), "more than 2000000 char",
    ),
    "a text many times in ods": (
        {**ODS, "max_unpacked_bytes": 2_000_000}, ods(row("x" * 30_000, repeated=70)), "more than 2000000 characters",
    ),
    "entities": (XLSX, changed(GOOD, "xl/worksheets/sheet1.xml", lambda _: LAUGHS), "sheet1.xml: has a document type"),
    "malformed": (XLSX, changed(GOOD, "xl/worksheets/sheet1.xml", lambda t: t[:-5]), "sheet1.xml, line 2: is not"),
    "no place": (XLSX, sheet_data('<row r="1"><c r="1A"><v>1</v></c></row>'), "has a cell at '1A', which is no place"),
    "no number": (XLSX, sheet_data('<row r="x"/>'), "has 'x' where a number must stand"),
    "no such text": (XLSX, sheet_data('<row r="1"><c r="A1" t="s"><v>9</v></c></row>'), "all: cannot be read: Cell"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_sound_workbook_is_refused(case: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    format_, content, reason = REFUSED[case]
    with pytest.raises(DeliveryRejected) as error:
        parsed(tmp_path, content, declared("Baum"), format_)
    assert reason in str(error.value)
    assert str(error.value).startswith("town__tree: all")
    assert str(tmp_path) not in str(error.value)
    assert capfd.readouterr() == ("", "")


def test_a_cell_without_content_is_not_far_away(tmp_path: Path) -> None:
    body = FAR.format(' s="0"><f>A1</f>')
    assert values(parsed(tmp_path, sheet_data(body), declared("1"), bounds={"min_rows": 0})[1]) == []
