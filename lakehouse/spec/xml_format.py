"""What `source.yml` declares of an XML document."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, model_validator

from lakehouse.spec.archive import Archive
from lakehouse.spec.model import StrictModel

_NAME = r"[^\W\d][\w.-]*"
PATH = re.compile(rf"(?:/(?:{_NAME}:)?{_NAME})+")
PREFIX = re.compile(rf"(?<![\w.:-])({_NAME}):(?=[^\W\d]|\*)")
# texts and axes, in which no prefix stands
OTHER_IN_XPATH = re.compile(r"\"[^\"]*\"|'[^']*'|[\w-]+\s*::")
PREDEFINED = {"xml": "http://www.w3.org/XML/1998/namespace"}


class Xml(StrictModel):
    """Records of an XML document: every element at one place, in the document's order.

    `records` is the path of element names from the root to a record (`/EinheitenSolar/EinheitSolar`). `namespaces` are
    the prefixes that stand in it and in columns (`gml: http://www.opengis.net/gml/3.2`); names of a document with a
    default namespace need a prefix as well. The encoding is the one that the document declares.

    A column's `from` is an XPath 1.0 from the record: a child `EinheitMastrNummer`, an attribute `@id`, one further
    down `pos/@srsName`, the record itself `.`. Of what stands around a record only the attributes of the elements that
    hold it are known, such as `../@date`. What is found must be an element that holds only text, an attribute or a
    text; of an element with others in it `string(address)` takes all the text, and `string(count(part))` makes a text
    of a number. More than one find costs the record, unless the column says `many`. An empty element is an empty text;
    what is absent, or marked `xsi:nil="true"`, is NULL.

    Other attributes and elements with text are undeclared columns, named by their paths. A document with another root,
    without the element that holds the records, or with a document type (DOCTYPE) is refused, and so is one in which no
    record has a declared column, unless the column is optional.
    """

    type: Literal["xml"]
    records: str
    namespaces: dict[str, str] = Field(default_factory=dict)
    archive: Archive | None = None

    @model_validator(mode="after")
    def _records_is_a_path(self) -> Self:
        if PATH.fullmatch(self.records) is None:
            raise ValueError(f"records {self.records!r} is not a path of element names such as /export/unit")
        if wrong := [p for p in self.namespaces if not re.fullmatch(_NAME, p) or p in PREDEFINED]:
            raise ValueError(f"cannot be prefixes: {wrong}")
        if empty := [prefix for prefix, address in self.namespaces.items() if not address]:
            raise ValueError(f"prefixes without a namespace: {empty}")
        self._check_prefixes(self.records)
        return self

    @property
    def path(self) -> tuple[str, ...]:
        """Names of the elements from the root to a record, namespaces as `{address}name`."""
        steps = [step.rpartition(":") for step in self.records.split("/")[1:]]
        return tuple(f"{{{self.namespaces[prefix]}}}{name}" if prefix else name for prefix, _, name in steps)

    def check_from(self, source: str) -> None:
        """Raises ValueError if a column's `from` cannot be a column of this format."""
        # here, because every DAG imports this module, and few feeds need an XML library
        from lxml import etree

        try:
            found = etree.XPath(source, namespaces=self.namespaces)(etree.Element("record"))
        except etree.XPathError as error:
            self._check_prefixes(source)
            raise ValueError(f"{source!r} is not an XPath: {error}") from None
        # what stands in a condition was not tried
        self._check_prefixes(source)
        if not isinstance(found, list | str):
            raise ValueError(f"{source!r} is a number, true or false: `string(…)` makes a text of it")

    def _check_prefixes(self, path: str) -> None:
        used = set(PREFIX.findall(OTHER_IN_XPATH.sub("", path)))
        if unknown := used - {*self.namespaces, *PREDEFINED}:
            raise ValueError(f"{path!r} uses undeclared prefixes: {sorted(unknown)}")
