"""What a release says of itself, as rows of tables that stand beside its marts: what its manifest alone knows.

Every engine that serves a release shows the same tables, see `lakehouse.lake.beside`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from lakehouse.lake.release import Manifest, MartColumn, MartPin

Row = tuple[Any, ...]


def _columns(*described: tuple[str, str, str, str]) -> tuple[MartColumn, ...]:
    return tuple(
        MartColumn(name=name, type=type_, label_de=label, description=description, unit=None, publish=False)
        for name, type_, label, description in described
    )


DICTIONARY = _columns(
    ("mart", "string", "Tabelle", "Mart that the column is of."),
    ("position", "int", "Stelle", "Place of the column in the mart, from 1."),
    ("column_name", "string", "Spalte", "Name of the column."),
    ("type", "string", "Datentyp", "Type of the column, as Spark names it."),
    ("label_de", "string", "Bezeichnung", "German label of the column."),
    ("description", "string", "Beschreibung", "What the column holds."),
    ("unit", "string", "Einheit", "Unit of its values; NULL where it has none."),
    ("is_key", "boolean", "Teil des Schlüssels", "True where the column is one of those that tell rows apart."),
    ("may_be_published", "boolean", "Offen", "True where the column may leave as open data."),
    ("title_de", "string", "Titel", "German title of the mart."),
    ("theme", "string", "Handlungsfeld", "Theme that the mart belongs to."),
    ("grain", "string", "Eine Zeile", "What one row of the mart is."),
    ("owner", "string", "Zuständig", "Function that answers for the mart."),
    ("freshness", "string", "Aktualität", "How often the mart changes."),
    ("feeds", "array<string>", "Quellen", "Feeds that the mart is made of."),
    ("sources", "array<string>", "Titel der Quellen", "Their titles, in the same order."),
    ("licences", "array<string>", "Lizenzen", "Licences of these feeds, each once."),
    ("fictitious", "boolean", "Fiktiv", "True where anything behind the mart is made up."),
    ("deprecated_until", "date", "Abgekündigt zum", "Day until which the mart is served at least; else NULL."),
    ("rules", "array<string>", "Regeln", "What is checked of the mart, a sentence each; `quality` has outcomes."),
)
RELEASES = _columns(
    ("release", "int", "Release", "Number of the release."),
    ("created_at", "timestamp", "Erstellt", "When it was made."),
    ("marts", "int", "Tabellen", "How many marts it has."),
    ("rows", "bigint", "Zeilen", "How many rows they have together."),
    ("changed_marts", "array<string>", "Geänderte Tabellen", "Marts whose files are not those of the release before."),
    ("run_id", "string", "Lauf", "Run that made it."),
)
# what is current is said by whoever shows the releases
(IS_CURRENT,) = _columns(("is_current", "boolean", "Wird gezeigt", "True for the release whose marts these are."))
QUALITY = _columns(
    ("mart", "string", "Tabelle", "Mart that the rule is about; NULL if it holds feeds against each other."),
    ("suite", "string", "Prüfung", "dbt, or the suite of the gate before the release: release.<mart>, reconciliation."),
    ("rule", "string", "Regel", "Name of the rule; unique within mart and suite."),
    ("severity", "string", "Gewicht", "fail: broken, it stops a release; warn: it is told."),
    ("owner", "string", "Zuständig", "Function that answers for the data."),
    ("sentence_de", "string", "Regel in einem Satz", "The rule for people who read no code."),
    ("passed", "boolean", "Eingehalten", "Whether it held."),
    ("failing_rows", "bigint", "Zeilen mit Verstoß", "Rows that break it, one that breaks two parts twice; NULL if it "
     "is not about rows."),
    ("observed", "string", "Befund", "What was said of the outcome; of the gate, the rule with its figures."),
    ("checked_at", "timestamp", "Geprüft", "When it was checked: when the mart was last built."),
)  # fmt: skip
CHANGES = _columns(
    ("release", "int", "Release", "Number of the release."),
    ("release_before", "int", "Release davor", "Number of the one that it is compared with."),
    ("mart", "string", "Tabelle", "Mart that is new, gone, or of other files than before."),
    ("change", "string", "Änderung", "new mart, mart is gone, or changed, which a mart of the same rows can be, too."),
    ("rows_before", "bigint", "Zeilen davor", "How many rows it had."),
    ("rows", "bigint", "Zeilen", "How many rows it has."),
    ("rows_added", "bigint", "Neue Zeilen", "Rows with a key that was not there; NULL if they cannot be compared."),
    ("rows_removed", "bigint", "Entfallene Zeilen", "Rows whose key is gone; NULL if they cannot be compared."),
    ("rows_changed", "bigint", "Geänderte Zeilen", "Rows with other cells; NULL if they cannot be compared."),
    ("causes", "array<string>", "Gründe", "Why cells changed, in the words of `lakehouse compare`."),
    ("deliveries", "array<string>", "Lieferungen", "Deliveries that changed them."),
)


def dictionary(found: Manifest) -> list[Row]:
    """A row per column of each mart, in the order of `DICTIONARY`."""
    rows = []
    for mart, pin in sorted(found.marts.items()):
        used = [(feed, found.feeds[feed]) for feed in pin.inputs if feed in found.feeds]
        licences = [feed.licence.id if feed.licence else feed.licence_note for _, feed in used]
        of_mart = (
            pin.title_de, pin.theme, _first_sentence(pin.description), pin.owner, pin.freshness,
            [name for name, _ in used], [feed.title for _, feed in used], [*dict.fromkeys(filter(None, licences))],
            found.fictitious(mart), pin.deprecated_until,
            [*dict.fromkeys(check.sentence_de for check in found.checks if mart in check.marts)],
        )  # fmt: skip
        for position, column in enumerate(pin.columns, start=1):
            rows.append(
                (mart, position, column.name, column.type, column.label_de, column.description, column.unit,
                 column.name in pin.key, column.publish, *of_mart)
            )  # fmt: skip
    return rows


def releases(chain: Iterable[Manifest], before: Manifest | None = None) -> list[Row]:
    """A row per release, in the order of `RELEASES`.

    Args:
        chain: consecutive manifests, oldest first.
        before: the one before the first of them; nothing is said to be unchanged since a release that is not given.
    """
    rows = []
    for one in chain:
        known = before.marts if before else {}
        changed = [mart for mart, pin in sorted(one.marts.items()) if _files(known.get(mart)) != _files(pin)]
        total = sum(pin.rows for pin in one.marts.values())
        rows.append((one.release, one.created_at, len(one.marts), total, changed, one.run_id))
        before = one
    return rows


def quality(found: Manifest) -> list[Row]:
    """A row per mart and rule that was checked, in the order of `QUALITY`; none if the manifest records no checks."""
    rows: list[Row] = []
    for check in found.checks:
        said = (check.severity, check.owner, check.sentence_de, check.passed, check.failing_rows, check.observed)
        # a rule that reads two marts is one of each
        marts: Sequence[str | None] = check.marts or [None]
        rows += [(mart, check.suite, check.rule, *said, check.checked_at) for mart in marts]
    return sorted(rows, key=lambda row: (row[0] or "", *row[1:3]))


def _files(pin: MartPin | None) -> Sequence[str] | None:
    return None if pin is None else [file.path for file in pin.files]


def _first_sentence(text: str) -> str:
    # a sentence begins with a capital letter: "e.g. an oak" ends none
    return re.split(r"(?<=\.)\s+(?=[A-ZÄÖÜ])", text, maxsplit=1)[0]
