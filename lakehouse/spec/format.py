"""What `source.yml` declares of a delivery's form: the format, its dialect, and the archive around it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, Self

import jsonpath
from jsonpath.filter import FloatLiteral, IntegerLiteral
from jsonpath.selectors import Filter
from pydantic import Field, model_validator

from lakehouse.spec.model import StrictModel, check_pattern

if TYPE_CHECKING:
    from rdflib import URIRef
    from rdflib.paths import Path as PropertyPath

JsonEncoding = Literal["utf-8", "utf-8-sig", "cp1252", "latin-1"]
Encoding = Literal[JsonEncoding, "iso-8859-15", "cp850", "cp858", "cp437", "utf-16", "utf-16-le", "utf-16-be"]
Delimiter = Literal[",", ";", "\t", "|"]
RELATIVE_POINTER = re.compile(r"(0|[1-9]\d*)(#|(?:/.*)?)", re.DOTALL)
NAME_IN_RDF = re.compile(r"([A-Za-z][\w-]*):([A-Za-z_][\w-]*)")
PATH_IN_RDF = re.compile(rf"(?:\s*(?:{NAME_IN_RDF.pattern}|[/|^*+?()!]))+\s*")
PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dcatde": "http://dcat-ap.de/def/dcatde/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "locn": "http://www.w3.org/ns/locn#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "http://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


class Archive(StrictModel):
    """What is packed around the files: every zip member that matches `members`, or one gzip stream.

    `max_unpacked_bytes` holds for all members together.
    """

    type: Literal["zip", "gzip"]
    members: str = "*"
    max_unpacked_bytes: int = Field(default=200_000_000, gt=0)


class Lines(StrictModel):
    """A text of lines: what stands above and below its records.

    `utf-16` needs its byte order mark, `utf-16-le` and `utf-16-be` have none. Above the records stand `skip_lines`
    lines, or all lines from the first on that match the pattern `preamble`. `footer` is a pattern that the last line
    must match: a file without it was cut off. A footer of several lines begins with the first line that matches
    `footer_begins`, which must be there; nothing from it on is a record.
    """

    encoding: Encoding
    skip_lines: int = Field(default=0, ge=0)
    preamble: str | None = None
    footer: str | None = None
    footer_begins: str | None = None
    archive: Archive | None = None

    @model_validator(mode="after")
    def _lines_are_patterns(self) -> Self:
        for pattern in (self.preamble, self.footer, self.footer_begins):
            check_pattern(pattern)
        if self.preamble is not None and self.skip_lines:
            raise ValueError("skip_lines and preamble both say what stands above the records")
        return self


class Csv(Lines):
    """Dialect of a delimited text file.

    A header of `header_lines` lines names each column by its texts from top to bottom, joined by a blank; a cell that
    is empty above a text belongs to the cell at its left. A column without a name is called `column 4` by its place.
    With `find_header` the header is the first line that holds the declared columns. `units_lines` stand directly below
    the header; `header` names the columns of a file that has none, in which only `preamble` may stand above records.

    `drop_trailing_empty` forgives empty fields beyond the header's width, which are not values, and `short_rows` that
    the last fields of a row are left out: they are NULL. With `one_line_per_record` no value holds a line break, so a
    stray quote costs its own record only. Rows that hold nothing but delimiters are no records.
    """

    type: Literal["csv"]
    delimiter: Delimiter
    drop_trailing_empty: bool = False
    short_rows: bool = False
    one_line_per_record: bool = False
    find_header: bool = False
    header_lines: int = Field(default=1, ge=1)
    header: list[str] | None = Field(default=None, min_length=1)
    units_lines: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.header and len(set(self.header)) != len(self.header):
            raise ValueError("header names columns twice")
        if self.header and self.units_lines:
            raise ValueError("units_lines stand below a header line, and a declared header says that there is none")
        if self.header and (self.find_header or self.header_lines > 1):
            raise ValueError("find_header and header_lines need a header in the file, and a declared header says none")
        if self.header and self.skip_lines:
            raise ValueError("skip_lines above a declared header may skip a header with other names: use `preamble`")
        if self.find_header and (self.skip_lines or self.preamble is not None):
            raise ValueError("find_header finds the header below any lines: skip_lines and preamble say the same twice")
        return self

    @property
    def is_plain(self) -> bool:
        """Whether a file is one header line and records, and nothing else."""
        around = (self.skip_lines, self.preamble, self.footer, self.footer_begins, self.header, self.units_lines)
        return not any(around) and not self.find_header and self.header_lines == 1

    def check_from(self, source: str) -> None:
        """Raises ValueError if a column's `from` cannot be a column of this format."""
        if self.header and source not in self.header:
            raise ValueError(f"{source!r} is not in the declared header")


class FixedWidth(Lines):
    """Columns at fixed positions: `fields` are half-open ranges counted from 0, values are stripped.

    Every field of the file is declared, also those that no column takes: text between fields tells a shifted line.
    Positions count characters, or with `unit: bytes` the bytes of the file. In UTF-8 the two differ: without `unit` a
    file is refused if a line with such a character is shorter than the layout.
    """

    type: Literal["fixed_width"]
    fields: dict[str, tuple[int, int]] = Field(min_length=1)
    unit: Literal["characters", "bytes"] | None = None

    @model_validator(mode="after")
    def _fields_follow_each_other(self) -> Self:
        end = 0
        for name, (first, beyond) in sorted(self.fields.items(), key=lambda item: item[1]):
            if not end <= first < beyond:
                raise ValueError(f"field {name} is empty or overlaps the field before")
            end = beyond
        if self.unit == "bytes" and self.encoding.startswith("utf-16"):
            raise ValueError("unit: bytes is for utf-8 and 8-bit encodings; in utf-16 positions count characters")
        return self

    def check_from(self, source: str) -> None:
        """Raises ValueError if a column's `from` cannot be a column of this format."""
        if source not in self.fields:
            raise ValueError(f"{source!r} is none of the declared fields")


class Json(StrictModel):
    """Records of a JSON text: an RFC 9535 query.

    A column's `from` is a JSON Pointer below the record (`/properties/name`, empty: the record itself) or a Relative
    JSON Pointer from it (`0#`: its own key or index, `1#`: its parent's, `1/name`: a member of its parent).
    """

    type: Literal["json"]
    encoding: JsonEncoding = "utf-8"
    records: str
    archive: Archive | None = None

    @model_validator(mode="after")
    def _records_is_a_query(self) -> Self:
        try:
            query = json_query(self.records)
        except jsonpath.JSONPathError as error:
            raise ValueError(f"records is not a JSONPath: {error}") from None
        filters = [s for segment in query.segments for s in segment.selectors if isinstance(s, Filter)]
        open_ = [expression for selector in filters for expression in selector.expression.children()]
        for expression in open_:
            # numbers are read as their text and would equal nothing
            if isinstance(expression, IntegerLiteral | FloatLiteral):
                raise ValueError("a filter in records compares with a number; filter such rows with `scope` or `drop`")
            open_.extend(expression.children())
        return self

    def check_from(self, source: str) -> None:
        """Raises ValueError if a column's `from` cannot be a column of this format."""
        if source and not source.startswith("/") and not RELATIVE_POINTER.fullmatch(source):
            raise ValueError(f"{source!r} is neither a JSON Pointer nor a Relative JSON Pointer")
        if re.search(r"~(?![01])", source):
            raise ValueError(f"{source!r}: a ~ in a JSON Pointer is written ~0")


class Rdf(StrictModel):
    """Records of an RDF graph: every resource of a class.

    A column's `from` is a SPARQL 1.1 property path from it (`dct:publisher/foaf:name`), `.` is its own IRI. `prefixes`
    are added to the usual ones and win over them.
    """

    type: Literal["rdf"]
    syntax: Literal["xml", "turtle", "json-ld"]
    class_: str = Field(alias="class")
    prefixes: dict[str, str] = {}
    archive: Archive | None = None

    @model_validator(mode="after")
    def _class_is_known(self) -> Self:
        if not NAME_IN_RDF.fullmatch(self.class_):
            raise ValueError(f"class {self.class_!r} is not a name")
        self._check_names(self.class_)
        return self

    def path(self, source: str) -> URIRef | PropertyPath:
        """The property path that a `from` (or `class`) means; a plain name is an IRI. Raises ValueError."""
        # here, because every DAG imports this module and checks its feed with it, and rdflib takes half a second
        from rdflib import URIRef
        from rdflib.paths import Path as PropertyPath
        from rdflib.plugins import sparql

        try:
            query = sparql.prepareQuery(
                f"SELECT ?value WHERE {{ ?record {source} ?value }}", initNs={**PREFIXES, **self.prefixes}
            )
            triples = query.algebra.p.p.triples
        except Exception as error:  # pyparsing's, or a bare Exception for an unknown prefix
            raise ValueError(f"{source!r} is not a property path: {error}") from None
        if len(triples) != 1 or not isinstance(triples[0][1], URIRef | PropertyPath):
            raise ValueError(f"{source!r} is not a property path")
        path: URIRef | PropertyPath = triples[0][1]
        return path

    def check_from(self, source: str) -> None:
        """Raises ValueError if a column's `from` cannot be a column of this format."""
        if source == ".":
            return
        if PATH_IN_RDF.fullmatch(source) is None:
            raise ValueError(f"{source!r} is not a property path")
        self._check_names(source)

    def _check_names(self, path: str) -> None:
        used = {prefix for prefix, _ in NAME_IN_RDF.findall(path)}
        if unknown := used - {*PREFIXES, *self.prefixes}:
            raise ValueError(f"{path!r} uses undeclared prefixes: {sorted(unknown)}")


def json_query(records: str) -> jsonpath.JSONPath:
    """The compiled query of `records`. Raises JSONPathError."""
    query = jsonpath.JSONPathEnvironment(strict=True).compile(records)
    assert isinstance(query, jsonpath.JSONPath)  # strict: without the extension that joins queries
    return query
