"""Whether an upload can be taken as a whole: safe, and the right template of its city and period, still intact."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse import cells, header
from lakehouse.ingest.parse.records import Part
from lakehouse.ingest.parse.sheet import Reading, letters
from lakehouse.ingest.parse.workbook import table as read_sheet
from lakehouse.spec.column import Column
from lakehouse.spec.model import MOMENTS
from lakehouse.spec.normal_form import declared, folded
from lakehouse.spec.sheet_format import Sheet
from lakehouse.spec.source import Source
from lakehouse.spec.text_format import Csv
from lakehouse.workbook import layout, opening, twins
from lakehouse.workbook.check_cover import check_cover
from lakehouse.workbook.check_header import Head, check_header, column_notices
from lakehouse.workbook.check_place import check_period, check_size
from lakehouse.workbook.facts import Facts
from lakehouse.workbook.opening import Refused, SheetFacts

OWN_SHEETS = (layout.COVER, layout.LISTS, layout.ANSWER)
NO_ROWS = (
    "In der Datei steht keine einzige ausgefüllte Zeile. Bitte tragen Sie Ihre Angaben unter der Kopfzeile ein oder, "
    f"wenn es in diesem Zeitraum nichts zu melden gibt, auf dem Deckblatt bei „{layout.NIL_RETURN}“ ein „ja“."
)
NIL_RETURN = f"{layout.NIL_RETURN}: Sie teilen mit, dass es in diesem Zeitraum nichts zu melden gibt."
ROWS_IN_NIL_RETURN = (
    f"Das Deckblatt meldet {layout.NIL_RETURN}, in der Datei stehen aber ausgefüllte Zeilen. Bitte löschen Sie "
    f"entweder das „ja“ bei „{layout.NIL_RETURN}“ oder die Zeilen."
)
NO_BLANKS = "Bitte löschen Sie die leeren Zeilen darüber."


@dataclass(frozen=True)
class Checked:
    """An upload that can be parsed.

    `rows` counts the rows with content of each table; one without any is not to be parsed. `notices` are German
    sentences on what was passed over. `twins` are the formats of the CSV files by table, empty for a workbook.
    `nil_return` is the cell in which the cover says that there is nothing to report, empty if it does not.
    """

    rows: dict[str, int]
    notices: list[str] = field(default_factory=list)
    twins: dict[str, Csv] = field(default_factory=dict)
    nil_return: str = ""

    def source(self, table: Source) -> Source:
        """A table's declaration with the format in which it was delivered: that of the workbook, or of its twin."""
        twin = self.twins.get(table.id)
        return table if twin is None else table.model_copy(update={"format": twin})


def check(path: Path, tables: Sequence[Source], ags: str, period: str) -> Checked:
    """Examines an upload before any of it is parsed.

    A single CSV file is taken if the delivery has one table: it has no cover, so city and period are those of its key
    alone, and nothing tells with which version of the template it was made.

    Args:
        path: the uploaded bytes, whatever they are.
        tables: all tables of the delivery.
        ags: the administration in whose folder it was put down.
        period: the period in whose folder it was put down.

    Raises:
        Refused: with one German sentence on what is wrong and how to mend it.
    """
    check_period(tables[0], period)
    check_size(path, tables[0])
    match opening.kind(path):
        case "workbook":
            checked = _workbook(path, tables, ags, period)
        case "archive":
            checked = _archive(path, tables, ags, period)
        case _ if len(tables) == 1:
            (table,) = tables
            checked = _twins(path, tables, {table.id: twins.of_text(table, path)})
        case _:
            raise Refused(opening.NO_WORKBOOK)
    if any(checked.rows.values()):
        if checked.nil_return:
            raise Refused(ROWS_IN_NIL_RETURN, layout.COVER, checked.nil_return)
    elif checked.nil_return:
        checked.notices.insert(0, NIL_RETURN)
    else:
        raise Refused(NO_ROWS, layout.sheet(tables[0]))
    return checked


def _workbook(path: Path, tables: Sequence[Source], ags: str, period: str) -> Checked:
    sheets = opening.sheets(tables[0], path)
    names = [sheet.name for sheet in sheets]
    if layout.COVER not in map(declared, names):
        raise Refused(f"Das Blatt „{layout.COVER}“ fehlt. Bitte verwenden Sie die Vorlage mit ihrem Deckblatt.")
    form = Sheet(type="xlsx", sheet=layout.COVER)
    try:
        rows = list(read_sheet(tables[0], form, Part(path, path.name)).rows)
    except DeliveryRejected as error:
        raise opening.refused(error) from None
    said = [[cells.plain(cell) for cell in (*row, "", "")[:2]] for row in rows]
    nil_return = check_cover(said, tables, ags, period)
    expected = {layout.sheet(table): table for table in tables}
    _check_sheets(names, list(expected), [sheet for sheet in sheets if sheet.hidden])
    facts = {declared(sheet.name): sheet.facts for sheet in sheets}
    stray = [name for name in names if declared(name) not in (*OWN_SHEETS, *map(declared, expected))]
    notices = [f"Das Blatt „{name}“ gehört nicht zur Vorlage und wurde nicht übernommen." for name in stray]
    counts = {}
    for name, table in expected.items():
        counts[table.id], more = _sheet(path, table, facts[declared(name)])
        notices += more
    return Checked(counts, notices, nil_return=nil_return)


def _check_sheets(names: Sequence[str], expected: Sequence[str], hidden: Sequence[SheetFacts]) -> None:
    for wanted in expected:
        found = [name for name in names if declared(name) == declared(wanted)]
        if len(found) > 1:
            raise Refused(f"Das Blatt „{wanted}“ gibt es zweimal. Bitte lassen Sie nur eines davon stehen.", wanted)
        if found:
            continue
        others = {folded(name): name for name in names if name not in (*OWN_SHEETS, *expected)}
        if close := get_close_matches(folded(wanted), others, n=1):
            other = others[close[0]]
            raise Refused(
                f"Das Blatt „{wanted}“ heißt jetzt „{other}“. Bitte geben Sie ihm wieder seinen Namen „{wanted}“.",
                other,
            )
        raise Refused(f"Das Blatt „{wanted}“ fehlt. Bitte fügen Sie es wieder ein, auch wenn es leer bleibt.", wanted)
    for sheet in hidden:
        if sheet.facts.extent.rows:
            raise Refused(
                f"Das Blatt „{sheet.name}“ ist ausgeblendet und enthält Daten. "
                "Bitte blenden Sie es ein oder löschen Sie es.",
                sheet.name,
            )


def _sheet(path: Path, table: Source, facts: Facts) -> tuple[int, list[str]]:
    """How many rows of a table's sheet hold something, and what was passed over. Raises Refused."""
    assert isinstance(table.format, Sheet)  # what comes through the inbox is
    part, name = Part(path, path.name), layout.sheet(table)
    try:
        reading = Reading(table, table.format, part, read_sheet(table, table.format, part))
    except DeliveryRejected as error:
        raise opening.refused(error) from None
    try:
        reading.find_header()
    except DeliveryRejected:
        raise Refused(
            f"Das Blatt „{name}“ ist leer. Bitte verwenden Sie die Vorlage mit ihrer Kopfzeile.", name
        ) from None
    check_header(table, Head(name, f"auf dem Blatt „{name}“", reading.names, reading.top + 1))
    reading.match_header()
    below = reading.top
    _check_merged(name, facts, below)
    _check_hidden(name, facts, below)
    columns = dict(zip(reading.positions, table.delivered, strict=True))
    _check_formulas(name, facts, below, columns)
    _check_percentages(name, facts, below, columns)
    filled = list(reading.filled())
    strange = [i for i in reading.extra if any(cells.plain(row[i]).strip() for _, row in filled)]
    return len(filled), column_notices(reading.names, reading.extra, strange, f"auf dem Blatt „{name}“")


def _check_merged(name: str, facts: Facts, top: int) -> None:
    for (first, left), (last, right) in facts.merged:
        if last >= top:
            area = f"{letters(left)}{first + 1}:{letters(right)}{last + 1}"
            raise Refused(
                f"Auf dem Blatt „{name}“ sind die Zellen {area} verbunden. Bitte heben Sie die Verbindung auf "
                "und füllen Sie jede Zelle einzeln aus.",
                name,
                f"{letters(left)}{first + 1}",
            )


def _check_hidden(name: str, facts: Facts, top: int) -> None:
    for row in facts.hidden_rows:
        if row >= top:
            raise Refused(
                f"Auf dem Blatt „{name}“ ist Zeile {row + 1} ausgeblendet und enthält Daten. "
                "Bitte blenden Sie sie ein (bei einem Filter: zeigen Sie alle Zeilen an) oder löschen Sie sie.",
                name,
                f"A{row + 1}",
            )
    for column in facts.hidden_columns:
        raise Refused(
            f"Auf dem Blatt „{name}“ ist Spalte {letters(column)} ausgeblendet und enthält Daten. "
            "Bitte blenden Sie sie ein oder löschen Sie sie.",
            name,
            f"{letters(column)}{top + 1}",
        )


def _check_percentages(name: str, facts: Facts, top: int, columns: Mapping[int | None, Column]) -> None:
    for row, column in sorted(facts.percentages):
        if row >= top and column in columns and columns[column].type not in ("string", "boolean", *MOMENTS):
            cell = f"{letters(column)}{row + 1}"
            raise Refused(
                f"Auf dem Blatt „{name}“ ist Zelle {cell} als Prozent formatiert, "
                "sodass aus 12,5 % die Zahl 0,125 wird. "
                "Bitte stellen Sie das Zahlenformat „Zahl“ ein und tragen Sie die Zahl ohne Prozentzeichen ein.",
                name,
                cell,
            )


def _check_formulas(name: str, facts: Facts, top: int, columns: Collection[int | None]) -> None:
    for row, column in sorted(facts.formulas):
        if row >= top and column in columns:
            cell = f"{letters(column)}{row + 1}"
            raise Refused(
                f"Auf dem Blatt „{name}“ steht in Zelle {cell} eine Formel. Bitte tragen Sie dort den Wert selbst ein, "
                "und lassen Sie Summenzeilen weg.",
                name,
                cell,
            )


def _archive(path: Path, tables: Sequence[Source], ags: str, period: str) -> Checked:
    found = twins.members(tables[0], path)
    if layout.COVER not in found:
        raise Refused(
            f"Die Datei „{layout.COVER}{twins.SUFFIX}“ fehlt. Bitte verwenden Sie die Vorlage mit ihrem Deckblatt."
        )
    member, encoding = found[layout.COVER]
    cover = tables[0].model_copy(update={"format": twins.dialect(encoding, member)})
    said = [[*row, "", ""][:2] for _, row in twins.table_rows(cover, path)]
    nil_return = check_cover(said, tables, ags, period)
    formats = {}
    for table in tables:
        name = layout.sheet(table)
        if declared(name) not in found:
            raise Refused(
                f"Die Datei „{name}{twins.SUFFIX}“ fehlt. Bitte fügen Sie sie wieder ein, auch wenn sie leer bleibt.",
                name,
            )
        member, encoding = found[declared(name)]
        formats[table.id] = twins.dialect(encoding, member)
    checked = _twins(path, tables, formats)
    known = {*OWN_SHEETS, *(declared(layout.sheet(table)) for table in tables)}
    stray = [
        f"Die Datei „{name}{twins.SUFFIX}“ gehört nicht zur Vorlage und wurde nicht übernommen."
        for name in found
        if name not in known
    ]
    return Checked(checked.rows, stray + checked.notices, formats, nil_return)


def _twins(path: Path, tables: Sequence[Source], formats: dict[str, Csv]) -> Checked:
    """The tables in their CSV files. Raises Refused."""
    counts, notices = {}, []
    for table in tables:
        twin = table.model_copy(update={"format": formats[table.id]})
        name = layout.sheet(table)
        where = f"in der Datei „{name}{twins.SUFFIX}“" if formats[table.id].archive else "in der CSV-Datei"
        rows = list(twins.table_rows(twin, path))
        if not rows:
            raise Refused(f"Die Kopfzeile fehlt {where}. Bitte verwenden Sie die Vorlage mit ihrer Kopfzeile.", name)
        (top, first), *filled = rows
        if top > 1:
            raise Refused(f"Die Kopfzeile steht nicht in der ersten Zeile {where}. {NO_BLANKS}", name, f"A{top}")
        names = header.named([first])
        check_header(table, Head(name, where, names, top))
        positions, extra = header.match(table, names, where)
        _check_csv_formulas(name, where, filled, positions)
        counts[table.id] = len(filled)
        strange = [i for i in extra if any(text.strip() for _, row in filled for text in row[i : i + 1])]
        notices += column_notices(names, extra, strange, where)
    return Checked(counts, notices, formats)


def _check_csv_formulas(
    name: str, where: str, rows: Sequence[tuple[int, list[str]]], positions: Sequence[int | None]
) -> None:
    for number, row in rows:
        for i, text in enumerate(row):
            if i in positions and twins.is_formula(text):
                cell = f"{letters(i)}{number}"
                raise Refused(
                    f"In Zelle {cell} steht {where} eine Formel. Bitte tragen Sie dort den Wert selbst ein.", name, cell
                )
