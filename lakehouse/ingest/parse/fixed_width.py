"""Text with columns at fixed positions.

Text where no field is declared shows that a line is shifted, and that its values would be cut wrongly: such a record
goes to the quarantine. Text behind the last field is an undeclared column.
"""

from __future__ import annotations

from collections.abc import Iterator

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse import encoding
from lakehouse.ingest.parse.records import MAX_FIELD, Findings, Part, Record, json_text, unreadable
from lakehouse.spec.format import FixedWidth
from lakehouse.spec.source import Source

BEHIND = "behind the last field"


def records(source: Source, layout: FixedWidth, part: Part, findings: Findings) -> Iterator[Record]:
    """Records of a fixed-width file; blank lines are none.

    Raises:
        DeliveryRejected: encoding, or fewer lines than stand above the records.
    """
    encoding.check(source, part, layout.encoding)
    taken = [column.source for column in source.delivered]
    others = [name for name in layout.fields if name not in taken]
    for name in others:
        findings.note_extra(name)
    with part.path.open(encoding=layout.encoding) as text:
        for _ in range(layout.skip_lines):
            if not text.readline():
                raise DeliveryRejected(source.id, part.where, "ends before its first record")
        for line in text:
            line = line.rstrip("\n")
            if not line.strip():
                continue
            if error := _misfit(layout, line):
                yield unreadable(error, line)
                continue
            fields = {name: line[first:end].strip() for name, (first, end) in layout.fields.items()}
            more = {name: fields[name] for name in others}
            if behind := line[_end(layout) :].strip():
                more[BEHIND] = behind
                findings.note_extra(BEHIND)
            values = [fields[str(name)] for name in taken]
            yield Record(values, extra=json_text(more) if more else None)


def _misfit(layout: FixedWidth, line: str) -> str | None:
    if len(line) > MAX_FIELD:
        return f"has more than {MAX_FIELD} characters"
    if "\t" in line:
        return "holds a tab, which has no fixed width"
    last = max(first for first, _ in layout.fields.values())
    if len(line) <= last:
        return f"has {len(line)} characters, its last field begins at {last}"
    end = 0
    for first, beyond in sorted(layout.fields.values()):
        if line[end:first].strip():
            return f"has text between its fields at {end + len(line[end:first]) - len(line[end:first].lstrip())}"
        end = beyond
    return None


def _end(layout: FixedWidth) -> int:
    return max(end for _, end in layout.fields.values())
