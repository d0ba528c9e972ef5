"""What catalogues of datasets have in common: lists as JSON, licences under several addresses, times without a zone."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

# the list of licences moved from here; the official IRIs begin with the canonical form
DCAT_AP_DE = r"^https?://(?:www\.)?dcat-ap\.de/def/"
CANONICAL = "http://dcat-ap.de/def/"
WITHOUT_ZONE = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?\z"


def strings(json: str) -> Column:
    """The array of a column of JSON text; NULL if it is none."""
    return F.from_json(json, "array<string>")


def as_json(values: Column) -> Column:
    """Values, each once, sorted, as a JSON array; NULL and blank ones are left out, and no value at all is NULL."""
    kept = F.array_sort(F.array_distinct(F.filter(values, lambda value: F.trim(value) != "")))
    return F.when(F.size(kept) > 0, F.to_json(kept))


def canonical(licence: Column) -> Column:
    """A licence of the DCAT-AP.de list under its official IRI, whichever address it was written with."""
    return F.regexp_replace(licence, DCAT_AP_DE, CANONICAL)


def code(iri: Column) -> Column:
    """The last part of an authority's IRI (`…/file-type/CSV`); other texts stay."""
    return F.regexp_replace(iri, r"^https?://.*/([^/]+)$", "$1")


def utc(text: Column) -> Column:
    """A CKAN time: its database holds UTC and writes no zone."""
    return F.when(F.regexp_like(text, F.lit(WITHOUT_ZONE)), F.concat(text, F.lit("Z"))).otherwise(text)
