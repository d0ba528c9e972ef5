"""How a CSV list is paged: every page with the header, as far as the first page without a record or the last link."""

from __future__ import annotations

import csv
import io

from lakehouse.ingest.connectors.http import Answer
from lakehouse.ingest.connectors.paging import BadPage, Page, Progress, first_page, page_after, unnamed
from lakehouse.spec.pages import Pages as PagesSpec


class CsvList:
    """A list of CSV pages."""

    def __init__(self, address: str, pages: PagesSpec, delimiter: str) -> None:
        """Takes the address without the parameters of paging."""
        self._address = address
        self._spec = pages
        self._delimiter = delimiter
        self._header: list[str] = []

    def first(self) -> str:
        """Address of the first page."""
        return first_page(self._address, self._spec)

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
        items = unnamed(rows[1:])
        # a counted list ends with the first page without a record, a linked one where no link goes on
        goes_on = bool(items) or self._spec.next is not None
        following = page_after(self._address, self._spec, answer, progress, len(items)) if goes_on else None
        return Page(following, items, suffix=".csv", guessed=self._spec.next is None)

    def reason(self, body: bytes) -> str:
        """REST has no common form of an error."""
        return ""
