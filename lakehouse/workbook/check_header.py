"""Whether the header of a table is the declared one, with one sentence on what is missing, renamed or there twice."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from lakehouse.ingest.parse import header
from lakehouse.ingest.parse.sheet import letters
from lakehouse.spec.column import Column
from lakehouse.spec.normal_form import spelled_out
from lakehouse.spec.source import Source
from lakehouse.workbook.opening import Refused

BACK = "Bitte stellen Sie die Kopfzeile der Vorlage wieder her."


@dataclass(frozen=True)
class Head:
    """A header as it was found: `where` names its sheet or file in a sentence, `row` counts from 1."""

    sheet: str
    where: str
    names: Sequence[str]
    row: int


def check_header(table: Source, head: Head) -> None:
    """Raises Refused if the header is not the declared one; undeclared columns are no matter."""
    names = [spelled_out(name).strip() for name in head.names]
    if not header.held(table, names):
        raise Refused(f"Die Kopfzeile fehlt {head.where}. {BACK}", head.sheet)
    _check_doubled(names, head)
    for column in table.delivered:
        found = [name for name in (str(column.source), *column.aliases) if name in names]
        if len(found) > 1:
            raise _twice(f"„{found[0]}“ und „{found[1]}“", names.index(found[1]), head)
        if not found and not column.optional:
            raise _missing(table, column, names, head)


def _check_doubled(names: Sequence[str], head: Head) -> None:
    before = set()
    for i, name in enumerate(names):
        if name and name in before:
            raise _twice(f"„{name}“", i, head)
        before.add(name)


def _twice(shown: str, i: int, head: Head) -> Refused:
    return Refused(
        f"Die Spalte {shown} steht zweimal {head.where}. Bitte lassen Sie nur eine davon stehen.",
        head.sheet,
        f"{letters(i)}{head.row}",
    )


def _missing(table: Source, column: Column, names: Sequence[str], head: Head) -> Refused:
    known = {name for other in table.delivered for name in (str(other.source), *other.aliases)}
    new = [name for i, name in enumerate(names) if name not in known and name != header.place(i)]
    if other := header.renamed(column, new):
        return Refused(
            f"Die Spalte „{column.source}“ heißt {head.where} jetzt „{other}“. "
            f"Bitte geben Sie ihr wieder die Überschrift „{column.source}“.",
            head.sheet,
            f"{letters(names.index(other))}{head.row}",
        )
    return Refused(f"Die Spalte „{column.source}“ fehlt {head.where}. {BACK}", head.sheet, f"{letters(0)}{head.row}")


def column_notices(names: Sequence[str], extra: Sequence[int], strange: Collection[int], where: str) -> list[str]:
    """Sentences on columns that are not declared.

    Args:
        names: the header.
        extra: positions of the columns that are not declared.
        strange: those of them that hold something.
        where: names the sheet or file.
    """
    notices = []
    for i in extra:
        if names[i].strip() and names[i] != header.place(i):
            notices.append(
                f"Die Spalte „{names[i].strip()}“ {where} gehört nicht zur Vorlage und wurde nicht übernommen."
            )
        elif i in strange:
            notices.append(
                f"Die Angaben in Spalte {letters(i)} {where} haben keine Überschrift und wurden nicht übernommen."
            )
    return notices
