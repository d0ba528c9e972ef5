"""What Excel itself writes into a workbook, and openpyxl does not: parts, attributes and styles, added in its XML."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import quoteattr

from tests.support.spoiled import SHEET_XML, Spoil, part, text

BOOK, STYLES, TEXTS = "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml"
SHEET_RELATIONS = "xl/worksheets/_rels/sheet3.xml.rels"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
MARKUP = "http://schemas.openxmlformats.org/markup-compatibility/2006"
X14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
XM = "http://schemas.microsoft.com/office/excel/2006/main"
# the style that `styled` adds behind those of the template, and the format that it may have
STYLE, FORMAT = 14, 200
STYLES_OF = {"D": 11, "E": 12, "F": 13}


def every(*spoils: Spoil) -> Spoil:
    """All of some changes."""

    def spoil(path: Path) -> None:
        for one in spoils:
            one(path)

    return spoil


def related(*targets: tuple[str, str], mode: str = "Internal") -> Spoil:
    """The sheet names parts: pairs of the last word of the relationship's type and of the target."""
    lines = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/relationships/{kind}" Target="{target}" TargetMode="{mode}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return part(SHEET_RELATIONS, f'<Relationships xmlns="{PACKAGE}/relationships">{lines}</Relationships>')


def behind_data(xml: str) -> Spoil:
    """The sheet says something more behind its cells."""
    return text(SHEET_XML, "</worksheet>", f"{xml}</worksheet>")


def extended(uri: str, xml: str) -> Spoil:
    """The sheet has an extension of Excel 2010."""
    return behind_data(f'<extLst><ext xmlns:x14="{X14}" xmlns:xm="{XM}" uri="{uri}">{xml}</ext></extLst>')


def value(cell: str, old: str, new: str, kind: str = "") -> Spoil:
    """A number in the XML of the sheet is another one; `kind` may be an attribute of the cell."""

    def spoil(path: Path) -> None:
        style = STYLES_OF[cell[0]]
        before = f'<c r="{cell}" s="{style}"><v>{old}</v>'
        text(SHEET_XML, before, f'<c r="{cell}" s="{style}"{kind}><v>{new}</v>')(path)

    return spoil


def styled(cell: str, number_format: str | int) -> Spoil:
    """A number is shown in a format: one that is written, or one that programs know by its number."""
    style = STYLES_OF[cell[0]]
    used = number_format if isinstance(number_format, int) else FORMAT
    shown = f'<numFmt numFmtId="{FORMAT}" formatCode={quoteattr(str(number_format))}/></numFmts>'
    return every(
        text(STYLES, "</numFmts>", shown),
        text(STYLES, "</cellXfs>", f'<xf numFmtId="{used}" fontId="0" applyNumberFormat="1"/></cellXfs>'),
        text(SHEET_XML, f'<c r="{cell}" s="{style}">', f'<c r="{cell}" s="{STYLE}">'),
    )


def strict(path: Path) -> None:
    """The workbook is saved as „Strict Open XML“: other namespaces, and dates in ISO form."""
    for member in (BOOK, SHEET_XML, STYLES, TEXTS, *(f"xl/worksheets/sheet{n}.xml" for n in (1, 2, 4))):
        text(member, MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main")(path)
    for member in (BOOK, "xl/_rels/workbook.xml.rels", "_rels/.rels"):
        _everywhere(member, f"{OFFICE}/relationships", "http://purl.oclc.org/ooxml/officeDocument/relationships")(path)
    text(BOOK, "<workbook ", '<workbook conformance="strict" ')(path)
    value("F6", "45689", "2025-02-01", ' t="d"')(path)


def _everywhere(member: str, old: str, new: str) -> Spoil:
    def spoil(path: Path) -> None:
        while True:
            try:
                text(member, old, new)(path)
            except AssertionError:
                return

    return spoil
