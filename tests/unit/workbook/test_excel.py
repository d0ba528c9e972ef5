"""What Excel itself writes into a workbook is read where it is harmless, and refused with its sentence where not."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from lakehouse.spec.source import Source
from lakehouse.workbook import opening, template
from lakehouse.workbook.check import check
from lakehouse.workbook.mark import marked
from tests.support import excel
from tests.support.excel import behind_data, every, extended, related, styled, value
from tests.support.spoiled import SHEET_XML, Spoil, part, text
from tests.support.uploads import CITY, PERIOD, PLACE, ROWS, TRAINING, by_id, parsed, tables

BOOK, TEXTS = excel.BOOK, excel.TEXTS
FILTER = (
    '<autoFilter ref="A5:I7"><filterColumn colId="0"><filters><filter val="M1"/></filters></filterColumn></autoFilter>'
)
X14_RULE = (
    '<x14:dataValidations count="1"><x14:dataValidation type="list" allowBlank="1"><x14:formula1><xm:f>Listen!$A$2:$A$4'
    "</xm:f></x14:formula1><xm:sqref>B6:B900</xm:sqref></x14:dataValidation></x14:dataValidations>"
)
X14_BARS = (
    '<x14:conditionalFormattings><x14:conditionalFormatting><x14:cfRule type="dataBar" id="{1}"><x14:dataBar>'
    '<x14:cfvo type="num"><xm:f>0</xm:f></x14:cfvo></x14:dataBar></x14:cfRule><xm:sqref>D6:D7</xm:sqref>'
    "</x14:conditionalFormatting></x14:conditionalFormattings>"
)
SPARKLINES = (
    "<x14:sparklineGroups><x14:sparklineGroup><x14:sparklines><x14:sparkline><xm:f>Orte!B6:B7</xm:f>"
    "<xm:sqref>K6</xm:sqref></x14:sparkline></x14:sparklines></x14:sparklineGroup></x14:sparklineGroups>"
)
PHONETIC = '<si><t>Rathaus</t><rPh sb="0" eb="2"><t>ラートハウス</t></rPh><phoneticPr fontId="1"/></si>'
RICH = '<si><r><rPr><b/><sz val="11"/></rPr><t xml:space="preserve">Rat</t></r><r><t>haus</t></r></si>'
COMPATIBLE = (
    f'<mc:AlternateContent xmlns:mc="{excel.MARKUP}"><mc:Choice Requires="x15"><x15ac:absPath url="C:\\Kreis\\" '
    'xmlns:x15ac="http://schemas.microsoft.com/office/spreadsheetml/2010/11/ac"/></mc:Choice></mc:AlternateContent>'
)
TABLE = (
    f'<table xmlns="{excel.MAIN}" id="1" name="T" displayName="T" ref="A5:I7"><autoFilter ref="A5:I7"/>'
    '<tableColumns count="1"><tableColumn id="1" name="Nr."/></tableColumns></table>'
)
VML = '<xml xmlns:v="urn:schemas-microsoft-com:vml"><v:shape id="s1"><br></v:shape></xml>'
COMMENTS = (
    f'<comments xmlns="{excel.MAIN}"><authors><author>M</author></authors><commentList><comment ref="A6" authorId="0">'
    "<text><t>Bitte prüfen</t></text></comment></commentList></comments>"
)
THREAD = '<ThreadedComments><threadedComment ref="A6"><text>?</text></threadedComment></ThreadedComments>'
HARMLESS: dict[str, Spoil] = {
    "properties of the sender's own": part("docProps/custom.xml", "<Properties><property name='x'/></Properties>"),
    "a chain of calculations": part("xl/calcChain.xml", '<calcChain><c r="A1" i="9"/></calcChain>'),
    "rich text": text(TEXTS, "<si><t>Rathaus</t></si>", RICH),
    "phonetics": text(TEXTS, "<si><t>Rathaus</t></si>", PHONETIC),
    "texts that keep their blanks": text(TEXTS, "<t>Rathaus</t>", '<t xml:space="preserve">Rathaus</t>'),
    "settings of a printer": every(
        related(("printerSettings", "../printerSettings/printerSettings1.bin")),
        part("xl/printerSettings/printerSettings1.bin", b"\0\x01<?xml?>\xff"),
        behind_data('<pageSetup paperSize="9" r:id="rId1"/>'),
    ),
    "comments": every(
        related(("comments", "../comments1.xml"), ("vmlDrawing", "../drawings/vmlDrawing1.vml")),
        part("xl/comments1.xml", COMMENTS),
        part("xl/drawings/vmlDrawing1.vml", VML),
        behind_data('<legacyDrawing r:id="rId2"/>'),
    ),
    "threaded comments": every(
        part("xl/threadedComments/threadedComment1.xml", THREAD),
        part("xl/persons/person.xml", "<personList/>"),
    ),
    "customXml": every(
        part("customXml/item1.xml", '<?xml version="1.0" encoding="utf-16"?><p:x xmlns:p="x"/>'.encode("utf-16")),
        part("customXml/itemProps1.xml", "<ds:datastoreItem xmlns:ds='x'/>"),
    ),
    "a table": every(related(("table", "../tables/table1.xml")), part("xl/tables/table1.xml", TABLE),
                     behind_data('<tableParts count="1"><tablePart r:id="rId1"/></tableParts>')),
    "a pivot table": every(
        part("xl/pivotCache/pivotCacheDefinition1.xml", "<x><cacheSource type='worksheet'/></x>"),
        part("xl/pivotCache/pivotCacheRecords1.xml", "<pivotCacheRecords><r><n v='1'/></r></pivotCacheRecords>"),
        part("xl/pivotTables/pivotTable1.xml", "<pivotTableDefinition/>"),
    ),
    "slicers": every(part("xl/slicers/slicer1.xml", "<slicers/>"), part("xl/slicerCaches/slicerCache1.xml", "<x/>")),
    "a chart": every(part("xl/charts/chart1.xml", "<c:f xmlns:c='x'>Orte!B6</c:f>"), part("xl/drawings/drawing1.xml")),
    "a picture": every(part("xl/media/image1.jpeg", b"\xff\xd8\xff"), part("docProps/thumbnail.wmf", b"\xd7\xcd")),
    "a picture of a phone": part("xl/media/hdphoto1.wdp", b"II\xbc\x01"),
    "a label of sensitivity": part("docMetadata/LabelInfo.xml", "<clbl:labelList xmlns:clbl='x'/>"),
    "a signature": every(part("_xmlsignatures/origin.sigs", ""), part("_xmlsignatures/sig1.xml", "<Signature/>")),
    "what Excel throws away": part("[trash]/0000.dat", bytes(40)),
    "dynamic arrays elsewhere": part("xl/metadata.xml", "<metadata/>"),
    "compatible markup": text(BOOK, "<bookViews>", f"{COMPATIBLE}<bookViews>"),
    "attributes of Excel 2010": text(
        SHEET_XML, '<row r="6"', '<row xmlns:x14ac="http://x" x14ac:dyDescent="0.25" thickBot="1" r="6"'),
    "absolute targets": text(
        "xl/_rels/workbook.xml.rels", 'Target="worksheets/sheet3.xml"', 'Target="/xl/worksheets/sheet3.xml"'),
    "defined names": text(
        BOOK, "<definedNames>", '<definedNames><definedName name="Alt" hidden="1">#REF!</definedName>'),
    "a conditional format": behind_data(
        '<conditionalFormatting sqref="D6:D7"><cfRule type="expression" priority="1"><formula>$D6&gt;9</formula>'
        "</cfRule></conditionalFormatting>"),
    "data bars": extended("{78C0D931-6437-407d-A8EE-F0AAD7539E65}", X14_BARS),
    "a list on another sheet": extended("{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}", X14_RULE),
    "sparklines": extended("{05C60535-1F16-4fd2-B633-F4F36F0B64E0}", SPARKLINES),
    "a filter that hides nothing": behind_data(FILTER),
    "zoom": text(SHEET_XML, "<sheetView ", '<sheetView zoomScale="85" topLeftCell="A3" '),
    "protection without a password": every(
        behind_data('<sheetProtection sheet="1" objects="1"/>'),
        text(BOOK, "<bookViews>", '<workbookProtection lockStructure="1"/><bookViews>'),
    ),
    "a wrong extent": text(SHEET_XML, 'ref="A1:I7"', 'ref="A1"'),
    "a template": text("[Content_Types].xml", "sheet.main+xml", "template.main+xml"),
    "strict": excel.strict,
}  # fmt: skip
DATES = [
    14,
    22,
    "dd/mm/yyyy;@",
    "[$-407]d/\\ mmmm\\ yyyy;@",
    "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy",
    "d. mmm. yy",
    "yyyy-mm-dd",
    "[$-407]mmmm yyyy;@",
    "dd.mm.yyyy hh:mm",
]
NUMBERS = [
    3,
    4,
    44,
    '#,##0.00\\ "€"',
    "#,##0.00\\ [$€-407]",
    '0.00" Std."',
    '0\\ "Tage"',
    "#,##0.00_ ;[Red]\\-#,##0.00\\ ",
    '_-* #,##0.00\\ "€"_-;\\-* #,##0.00\\ "€"_-;_-* "-"??\\ "€"_-;_-@_-',
    '0.00" %"',
    "0.00\\ \\%",
    "[Blue]General",
    "@",
]


PERCENT = (
    "Auf dem Blatt „Maßnahmen“ ist Zelle E6 als Prozent formatiert, sodass aus 12,5 % die Zahl 0,125 wird. "
    "Bitte stellen Sie das Zahlenformat „Zahl“ ein und tragen Sie die Zahl ohne Prozentzeichen ein."
)
FORMULA = (
    "Auf dem Blatt „Maßnahmen“ steht in Zelle {} eine Formel. Bitte tragen Sie dort den Wert selbst ein, "
    "und lassen Sie Summenzeilen weg."
)
FILTERED = (
    "Auf dem Blatt „Maßnahmen“ ist Zeile 7 ausgeblendet und enthält Daten. "
    "Bitte blenden Sie sie ein (bei einem Filter: zeigen Sie alle Zeilen an) oder löschen Sie sie."
)
D6, E6 = '<c r="D6" s="11"><v>', '<c r="E6" s="12"><v>'
TOTAL = '<row r="8"><c r="E8"><f>SUBTOTAL(109,T[Kosten])</f><v>1</v></c></row></sheetData>'
DDE_RULE = f'{X14_RULE[: -len("</x14:dataValidations>")]}<xm:f>cmd|"/C calc"!A0</xm:f></x14:dataValidations>'
REFUSED: list[tuple[str, Spoil, str, str]] = [
    ("percent by its number", styled("E6", 9), PERCENT, "E6"),
    ("percent in one section", styled("E6", "0.0;[Red]-0.0\\ %"), PERCENT, "E6"),
    ("a filter that hides", every(behind_data(FILTER), text(SHEET_XML, '<row r="7"', '<row r="7" hidden="1"')),
     FILTERED, "A7"),
    ("a collapsed group", text(SHEET_XML, '<row r="7"', '<row r="7" outlineLevel="1" hidden="true"'), FILTERED, "A7"),
    ("a total of a table", text(SHEET_XML, "</sheetData>", TOTAL), FORMULA.format("E8"), "E8"),
    ("a shared formula", text(SHEET_XML, D6, f'{D6[:-3]}<f t="shared" si="0"/><v>'), FORMULA.format("D6"), "D6"),
    ("a dynamic array", text(SHEET_XML, E6, f'{E6[:-3]}<f t="array" ref="E6:E9">X</f><v>'), FORMULA.format("E6"), "E6"),
    ("a formula behind a list", every(extended("{CCE6A557}", X14_RULE), text(SHEET_XML, D6, f"{D6[:-3]}<f>1</f><v>")),
     FORMULA.format("D6"), "D6"),
    ("a program in a rule", extended("{CCE6A557}", DDE_RULE), opening.EXTERNAL, ""),
    ("a linked picture", related(("image", "file:///x.png"), mode="External"), opening.EXTERNAL, ""),
    ("a linked pivot table", related(("externalLinkPath", "x.xlsx"), mode="External"), opening.EXTERNAL, ""),
    ("a query", part("xl/queryTables/queryTable1.xml"), opening.EXTERNAL, ""),
    ("a data model", part("xl/model/item.data", b"\0"), opening.EXTERNAL, ""),
    ("a check box", part("xl/ctrlProps/ctrlProp1.xml"), opening.EMBEDDED, ""),
    ("a dialog sheet", part("xl/dialogsheets/sheet1.xml"), opening.MACROS, ""),
    ("entities in customXml", part("customXml/item1.xml", "<!DOCTYPE x [<!ENTITY e 'e'>]><x/>"), opening.ENTITIES, ""),
    ("entities in what was thrown away", part("[trash]/0000.dat", "<!ENTITY e 'e'>"), opening.ENTITIES, ""),
]  # fmt: skip
Made = tuple[list[Source], Path]
AS_WRITTEN = [("M1", "1234,56", "1.2.2025", "Rathaus"), ("M2", "0,1", "31.12.2025", "")]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    declared = tables(tmp_path)
    template.write(tmp_path / "t.xlsx", declared, CITY, PERIOD, ROWS)
    return declared, tmp_path / "t.xlsx"


def as_read(declared: list[Source], path: Path) -> list[tuple[str, ...]]:
    """Number, cost, first day and place of each course, after the workbook was taken without a word."""
    checked = check(path, declared, CITY, PERIOD)
    assert (checked.rows, checked.notices) == ({TRAINING: 2, PLACE: 1}, [])
    records = parsed(by_id(declared, TRAINING), path, path.with_name("bronze"))
    return [tuple(record[name] for name in ("number", "cost", "begins_on", "place")) for record in records]


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_harmless_changes_nothing(name: str, made: Made, tmp_path: Path) -> None:
    declared, path = made
    HARMLESS[name](path)
    assert as_read(declared, path) == AS_WRITTEN
    # and it comes back with its answer
    marked(path, tmp_path / "answer.xlsx", [], [], "Alle Zeilen wurden übernommen.")
    assert openpyxl.load_workbook(tmp_path / "answer.xlsx").sheetnames[0] == "Antwort"


@pytest.mark.parametrize(("cell", "shown"), [("F6", one) for one in DATES] + [("E6", one) for one in NUMBERS])
def test_how_a_cell_is_shown_does_not_change_its_value(cell: str, shown: str | int, made: Made) -> None:
    declared, path = made
    styled(cell, shown)(path)
    assert as_read(declared, path) == AS_WRITTEN


def test_days_of_another_calendar_are_the_days_that_people_see(made: Made) -> None:
    declared, path = made
    text(BOOK, "<workbookPr ", '<workbookPr date1904="1" ')(path)
    assert [row[2] for row in as_read(declared, path)] == ["2.2.2029", "1.1.2030"]
    value("F6", "45689", "44227")(path)
    assert [row[2] for row in as_read(declared, path)] == ["1.2.2025", "1.1.2030"]


def test_breaks_of_lines_are_read_as_excel_writes_them(made: Made) -> None:
    declared, path = made
    text(TEXTS, "<t>Rathaus</t>", "<t>Rat_x000D_\nhaus _x005F_x000D_ &amp; so</t>")(path)
    assert as_read(declared, path)[0][3] == "Rat\r\nhaus _x000D_ & so"


@pytest.mark.parametrize(("spoil", "sentence", "at"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_is_not_harmless_is_refused_with_its_sentence(spoil: Spoil, sentence: str, at: str, made: Made) -> None:
    declared, path = made
    spoil(path)
    with pytest.raises(opening.Refused) as refused:
        check(path, declared, CITY, PERIOD)
    assert (refused.value.sentence, refused.value.cell) == (sentence, at)
