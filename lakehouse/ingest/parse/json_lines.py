"""Lines of JSON, each a document of its own."""

from __future__ import annotations

from collections.abc import Iterator

from jsonpath import JSONPath

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse.damaged import unmarked
from lakehouse.ingest.parse.geojson import Places
from lakehouse.ingest.parse.json_values import Invalid, decoder, document
from lakehouse.ingest.parse.nodes import Node, around, find
from lakehouse.ingest.parse.records import Part, Record, unreadable
from lakehouse.spec.json_format import Json
from lakehouse.spec.source import Source


def nodes(source: Source, format_: Json, query: JSONPath, places: Places, part: Part) -> Iterator[Node | Record]:
    """What the query finds in each line, and lines that cannot be read.

    Raises:
        DeliveryRejected: the last line was cut off.
    """
    reader = decoder(format_.nan_is_null)
    with part.path.open(encoding=format_.encoding, newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            text = unmarked(line).rstrip("\r\n")
            if not text.strip():
                continue
            try:
                read = document(reader, text)
                places.check(around(query, read))
            except Invalid as problem:
                if problem.line is not None and not line.endswith("\n"):
                    where = f"{part.where}, line {number}"
                    raise DeliveryRejected(source.id, where, f"was cut off: it has no end and {problem}") from None
                yield unreadable(f"{problem} (line {number})", text)
            else:
                yield from find(query, read)
