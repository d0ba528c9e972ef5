"""Whether the cover of an upload names the template, the administration and the period that were expected."""

from __future__ import annotations

from collections.abc import Sequence

from lakehouse.administrations import ADMINISTRATIONS
from lakehouse.spec import discovery
from lakehouse.spec.inbox import Inbox
from lakehouse.spec.normal_form import folded, normal_form
from lakehouse.spec.source import Source
from lakehouse.workbook import layout
from lakehouse.workbook.expected import quoted
from lakehouse.workbook.opening import Refused

AGS_DIGITS = 8


def check_cover(rows: Sequence[Sequence[str]], tables: Sequence[Source], ags: str, period: str) -> str:
    """Compares what the cover says with where the upload was put down.

    Args:
        rows: label and value of each row of the cover.
        tables: all tables of the delivery.
        ags: the administration in whose folder the upload was put down.
        period: the period in whose folder the upload was put down.

    Returns:
        the cell in which it says that there is nothing to report (Fehlanzeige), or nothing.

    Raises:
        Refused: the cover is incomplete, or says something else.
    """
    found = _values(rows)
    expected = f"„{discovery.about(tables[0])[0]}“"
    feed, where = found[layout.FEED]
    if feed != tables[0].delivery:
        raise Refused(
            f"Diese Mappe ist eine andere Vorlage ({feed or 'ohne Kennung'}), erwartet wird {expected}. "
            "Bitte laden Sie die Mappe dort hoch, wo sie hingehört, oder verwenden Sie die richtige Vorlage.",
            layout.COVER,
            where,
        )
    _check_administration(*found[layout.AGS], ags)
    _check_period(*found[layout.PERIOD], tables[0], period)
    version, where = found[layout.VERSION]
    if version != (current := layout.version(tables)):
        raise Refused(
            f"Diese Mappe hat die Vorlagenversion {version or 'ohne Angabe'}, gültig ist {current}. "
            "Bitte laden Sie die aktuelle Vorlage herunter und übertragen Sie Ihre Angaben.",
            layout.COVER,
            where,
        )
    return _nil_return(*found.get(layout.NIL_RETURN, ("", "")))


def _nil_return(said: str, where: str) -> str:
    match folded(said):
        case layout.NOTHING_TO_REPORT:
            return where
        case "" | "nein":
            return ""
        case _:
            raise Refused(
                f"Auf dem Deckblatt steht bei „{layout.NIL_RETURN}“ {quoted(said)}. Bitte tragen Sie dort „ja“ ein, "
                "wenn es in diesem Zeitraum nichts zu melden gibt, und lassen Sie das Feld sonst leer.",
                layout.COVER,
                where,
            )


def _values(rows: Sequence[Sequence[str]]) -> dict[str, tuple[str, str]]:
    """What stands beside the labels that decide, and in which cell. Raises Refused if one of them is missing."""
    found: dict[str, tuple[str, str]] = {}
    for number, (label, value) in enumerate(rows, 1):
        found.setdefault(_plain(label).rstrip(": "), (_plain(value), f"B{number}"))
    for label in (layout.FEED, layout.AGS, layout.PERIOD, layout.VERSION):
        if label not in found:
            raise Refused(
                f"Auf dem Deckblatt fehlt die Zeile „{label}“. "
                "Bitte verwenden Sie das Deckblatt der Vorlage unverändert.",
                layout.COVER,
            )
    return found


def _plain(text: str) -> str:
    return " ".join(normal_form(text).split())


def _check_administration(said: str, where: str, ags: str) -> None:
    # a spreadsheet program takes it for a number
    said = said.zfill(AGS_DIGITS) if said.isdecimal() else said
    if not said:
        raise Refused(
            f"Auf dem Deckblatt fehlt der AGS. Bitte tragen Sie {ags} ({_name(ags)}) ein.", layout.COVER, where
        )
    if said != ags:
        raise Refused(
            f"Das Deckblatt nennt {_name(said)} (AGS {said}), hochgeladen wurde die Mappe aber für {_name(ags)} "
            f"(AGS {ags}). Bitte verwenden Sie die Vorlage Ihrer Verwaltung.",
            layout.COVER,
            where,
        )


def _name(ags: str) -> str:
    return ADMINISTRATIONS.get(ags, "eine unbekannte Verwaltung")


def _check_period(said: str, where: str, table: Source, period: str) -> None:
    assert isinstance(table.fetch, Inbox)  # what is uploaded is put there
    if not said:
        raise Refused(f"Auf dem Deckblatt fehlt der Zeitraum. Bitte tragen Sie {period} ein.", layout.COVER, where)
    if said != period:
        raise Refused(
            f"Das Deckblatt nennt den Zeitraum {said}, hochgeladen wurde die Mappe aber für {period}. "
            "Bitte wählen Sie beim Hochladen den richtigen Zeitraum oder verwenden Sie dessen Vorlage.",
            layout.COVER,
            where,
        )
