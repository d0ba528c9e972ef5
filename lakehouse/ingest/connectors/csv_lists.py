"""How a CSV list is paged: by page number, every page with the header, as far as the first page without a record."""

from __future__ import annotations

import csv
import io

from lakehouse.ingest.connectors.http import Answer
from lakehouse.ingest.connectors.paging import BadPage, Page, Progress, numbered
from lakehouse.spec.fetch import Pages as PagesSpec


class CsvList:
    """A list of CSV pages by number."""

    def __init__(self, address: str, pages: PagesSpec, delimiter: str) -> None:
        """Takes the address without the parameters of paging."""
        self._address = address
        self._spec = pages
        self._delimiter = delimiter
        self._header: list[str] = []

    def first(self) -> str:
        """Address of the first page."""
        return numbered(self._address, self._spec, 0)

    def read(self, content: bytes, answer: Answer, progress: Progress) -> Page:
        """Counts the records; another header than the first page's is a message of the server, not the list's end."""
        # every encoding that a feed can declare writes delimiters, quotes and line ends as ASCII does
        text = io.StringIO(content.decode("latin-1"), newline="")
        try:
            rows = [row for row in csv.reader(text, delimiter=self._delimiter, strict=True) if row]
        except csv.Error as error:
            raise BadPage(f"is not valid CSV: {error}") from None
        if not rows:
            raise BadPage("is empty: not even a header")
        if progress.number == 1:
            self._header = rows[0]
        elif rows[0] != self._header:
            raise BadPage("has another header than page 1")
        items = len(rows) - 1
        return Page(numbered(self._address, self._spec, progress.number) if items else None, items, suffix=".csv")

    def reason(self, body: bytes) -> str:
        """REST has no common form of an error."""
        return ""
