"""How a REST list is paged, and asked for what is new."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self

import jsonpath
from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from lakehouse.spec.model import StrictModel
from lakehouse.spec.text_format import Delimiter

HEADER = "header"
SINCE = "{since}"


def _check_json_path(path: str) -> str:
    try:
        jsonpath.compile(path, strict=True)
    except jsonpath.JSONPathError as error:
        raise ValueError(f"{path!r} is not a JSONPath: {error.message}") from None
    return path


def _check_next(place: str) -> str:
    return place if place == HEADER else _check_json_path(place)


JsonPath = Annotated[str, AfterValidator(_check_json_path)]
NextLink = Annotated[str, AfterValidator(_check_next)]


class Pages(StrictModel):
    """How the next page is found, and what an answer looks like.

    Either `parameter` names the query parameter that counts up from `first`: one a page, or with `counts: items` the
    items that came so far (an offset). Or `next` says where an answer names the next page: a JSONPath, or `header` for
    the header `Link` with `rel="next"`. `size` is asked for in `size_parameter`.

    JSON: `items` selects the list, `total` its length over all pages, `total_pages` the number of pages (JSONPaths).
    CSV: `csv_delimiter`; every page repeats the header. Without a total or a number of pages a counted list ends with
    the first page that is empty or not there (404): a short page may be a server's own limit. Declare `total` where
    there is one: a page number that is declared as an offset skips pages, and nothing else shows it. A link to the
    next page is null, empty or not there on the last one.
    """

    parameter: str | None = None
    counts: Literal["pages", "items"] = "pages"
    first: int = Field(default=0, ge=0)
    next: NextLink | None = None
    size_parameter: str | None = None
    size: int | None = Field(default=None, gt=0)
    items: JsonPath | None = None
    total: JsonPath | None = None
    total_pages: JsonPath | None = None
    csv_delimiter: Delimiter | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.parameter is None) == (self.next is None):
            raise ValueError("the next page is found either by `parameter` or by `next`")
        if self.next and (self.counts != "pages" or self.first or self.total_pages):
            raise ValueError("counts, first and total_pages belong to `parameter`, not to `next`")
        if self.counts == "items" and self.total_pages:
            raise ValueError("total_pages does not tell where a list ends whose parameter counts items; use `total`")
        if (self.size is None) != (self.size_parameter is None):
            raise ValueError("size and size_parameter belong together")
        if (self.items is None) == (self.csv_delimiter is None):
            raise ValueError("pages are either JSON with `items`, or CSV with `csv_delimiter`")
        if self.csv_delimiter and (self.total or self.total_pages):
            raise ValueError("total and total_pages are JSONPaths, and a CSV page has none")
        if self.csv_delimiter and self.next not in (None, HEADER):
            raise ValueError("next is a JSONPath, and a CSV page has none; its link can only be in the `header`")
        return self


class Resume(StrictModel):
    """How a list is asked for what is newer than its last delivery: with `value` in the query parameter `parameter`.

    `{since}` in it becomes a moment in UTC, such as `2026-03-01T10:50:00Z`: when the last delivery was fetched, less
    `timeout_s`, less an hour for clocks that differ, less `overlap_hours` for what the server itself gets late. The
    first time it is `begin`. What comes again changes nothing: the feed's load must be `upsert`.
    """

    parameter: str = Field(min_length=1)
    value: str
    overlap_hours: float = Field(default=0, ge=0)
    begin: AwareDatetime = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

    @model_validator(mode="after")
    def _holds_the_moment(self) -> Self:
        if self.value.count(SINCE) != 1:
            raise ValueError(f"resume.value holds {SINCE} once")
        return self

    def since(self, moment: dt.datetime | None) -> dict[str, str]:
        """The parameter for what came after a moment, or for everything."""
        from_ = self.begin if moment is None else moment - dt.timedelta(hours=self.overlap_hours)
        return {self.parameter: self.value.replace(SINCE, f"{from_.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}")}
