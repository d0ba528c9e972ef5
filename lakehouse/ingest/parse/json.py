"""Records of a JSON text: of a whole document, of one that is read record by record, or of lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jsonpath import JSONPath

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse import encoding, json_lines
from lakehouse.ingest.parse.geojson import Misplaced, Places
from lakehouse.ingest.parse.json_columns import Columns, Misfit
from lakehouse.ingest.parse.json_stream import Stream
from lakehouse.ingest.parse.json_values import Invalid, compact, decoder, document, written
from lakehouse.ingest.parse.nodes import Node, around, find, names_before_wildcard
from lakehouse.ingest.parse.records import MAX_RAW, Findings, Part, Record, is_unicode, unreadable
from lakehouse.spec.json_format import Json, json_query
from lakehouse.spec.source import Source


def records(source: Source, format_: Json, part: Part, findings: Findings, careful: bool = False) -> Iterator[Record]:
    """Records that the declared query finds, in the document's order.

    Args:
        source: the feed.
        format_: its declared form.
        part: the text.
        findings: takes what is seen.
        careful: reads a document as a whole, even where its records could be read one after the other.

    Raises:
        DeliveryRejected: encoding, no JSON, a name twice in one object, too deep, not the declared shape, or in
            another coordinate reference system than declared.
    """
    encoding.check(source, part, format_.encoding)
    columns, places = Columns(source, findings), Places(format_.coordinates)
    query = json_query(format_.records)
    names = None if careful or columns.need_parents else names_before_wildcard(query)
    count = misfits = 0
    try:
        for here in _found(source, format_, query, names, places, part):
            count += 1
            if isinstance(here, Record):
                yield here
                continue
            try:
                yield _record(here, columns, places)
            except Misfit as misfit:
                misfits += 1
                yield Record(None, str(misfit), _raw(here.value))
    except Invalid as problem:
        raise problem.of(source, part) from None
    if count and misfits == count:
        raise DeliveryRejected(source.id, part.where, f"none of its {count} records has the declared shape")


def _found(
    source: Source, format_: Json, query: JSONPath, names: list[str] | None, places: Places, part: Part
) -> Iterator[Node | Record]:
    if format_.lines:
        yield from json_lines.nodes(source, format_, query, places, part)
        return
    reader = decoder(format_.nan_is_null)
    with part.path.open(encoding=format_.encoding) as text:
        if names is None:
            read = document(reader, text.read())
            places.check(around(query, read))
            yield from find(query, read)
            return
        stream, above = Stream(text, reader), Node(None, None, None)
        for name in names:
            above = Node(None, name, above)
        for key, value in stream.items(names):
            yield Node(value, key, above)
        places.check(stream.around)


def _record(here: Node, columns: Columns, places: Places) -> Record:
    try:
        value = places.transformed(here.value)
    except Misplaced as problem:
        return Record(None, str(problem), _raw(here.value))
    if value is here.value:
        return columns.record(here)
    return columns.record(here._replace(value=value))._replace(raw=written(here.value))


def _raw(record: Any) -> str:
    text = compact(record)
    return text if len(text) <= MAX_RAW and is_unicode(text) else str(unreadable("", text).raw)
