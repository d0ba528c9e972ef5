"""Text with columns at fixed positions.

Text where no field is declared shows that a line is shifted, and that its values would be cut wrongly: such a record
goes to the quarantine. Text behind the last field is an undeclared column.
"""

from __future__ import annotations

from collections.abc import Iterator

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse import encoding
from lakehouse.ingest.parse.lines import Lines
from lakehouse.ingest.parse.records import MAX_FIELD, Findings, Part, Record, json_text, unreadable
from lakehouse.spec.source import Source
from lakehouse.spec.text_format import FixedWidth

BEHIND = "behind the last field"


def records(source: Source, layout: FixedWidth, part: Part, findings: Findings) -> Iterator[Record]:
    """Records of a fixed-width file; blank lines are none.

    Raises:
        DeliveryRejected: encoding, what is declared above and below the records, or no telling what positions count.
    """
    with (
        encoding.checked(source, part, layout.encoding) as (path, codec),
        path.open(encoding=codec) as text,
    ):
        lines = Lines(source, layout, part, text, codec)
        lines.above()
        yield from _records(source, layout, lines, findings)
        lines.check_end()


def _records(source: Source, layout: FixedWidth, lines: Lines, findings: Findings) -> Iterator[Record]:
    taken = [str(column.source) for column in source.delivered]
    others = [name for name in layout.fields if name not in taken]
    for name in others:
        findings.note_extra(name)
    end = max(end for _, end in layout.fields.values())
    lines.begin()
    for full in lines:
        lines.begin()
        line = full.rstrip("\n")
        if not line.strip():
            continue
        if lines.ended:
            raise lines.refused("goes on after its last line")
        if lines.footer and layout.footer_begins is None and lines.footer.search(line):
            lines.ended = True
            continue
        _check_unit(layout, lines, line, end)
        if error := _misfit(layout, line, lines.codec):
            yield unreadable(error, line)
            continue
        try:
            fields = {name: _cut(layout, line, lines.codec, place).strip() for name, place in layout.fields.items()}
        except UnicodeDecodeError:
            yield unreadable("has a letter that stands in two fields", line)
            continue
        more = {name: fields[name] for name in others}
        if behind := _cut(layout, line, lines.codec, (end, MAX_FIELD * 4)).strip():
            more[BEHIND] = behind
            findings.note_extra(BEHIND)
        yield Record([fields[name] for name in taken], extra=json_text(more) if more else None)


def _cut(layout: FixedWidth, line: str, codec: str, place: tuple[int, int]) -> str:
    """What stands at a place. Raises UnicodeDecodeError if its border parts the bytes of a letter."""
    return line.encode(codec)[slice(*place)].decode(codec) if layout.unit == "bytes" else line[slice(*place)]


def _check_unit(layout: FixedWidth, lines: Lines, line: str, end: int) -> None:
    """A layout of characters fits a line of letters with several bytes, or it may be one of bytes."""
    if layout.unit is None and layout.encoding.startswith("utf-8") and not line.isascii() and len(line) < end:
        raise DeliveryRejected(
            lines.source.id,
            f"{lines.part.where}, line {lines.number}",
            f"has {len(line)} characters in {len(line.encode())} bytes, the layout {end}; "
            "`unit` must say which of them its positions count",
        )


def _misfit(layout: FixedWidth, line: str, codec: str) -> str | None:
    if len(line) > MAX_FIELD:
        return f"has more than {MAX_FIELD} characters"
    if "\t" in line:
        return "holds a tab, which has no fixed width"
    last = max(first for first, _ in layout.fields.values())
    size = len(line.encode(codec)) if layout.unit == "bytes" else len(line)
    if size <= last:
        return f"has {size} {layout.unit or 'characters'}, its last field begins at {last}"
    end = 0
    for first, beyond in sorted(layout.fields.values()):
        between = line.encode(codec)[end:first] if layout.unit == "bytes" else line[end:first]
        if between.strip():
            return f"has text between its fields at {end + len(between) - len(between.lstrip())}"
        end = beyond
    border = line.encode(codec)[end - 1 : end + 1] if layout.unit == "bytes" else line[end - 1 : end + 1]
    if len(border.split()) == 1 and len(border.strip()) == 2:
        return f"has text that goes on behind its last field at {end}"
    return None
