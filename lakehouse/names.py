"""One id everywhere: how a feed's id becomes bucket keys, tables, Assets and DAG ids."""

from __future__ import annotations

import re

RAW, LAKE, RELEASES, PUBLIC = "raw", "lake", "releases", "public"
# what administrations put down, and what they are told about it; each has a folder of its own in both
INBOX, ANSWERS = "inbox", "answers"
FEED_ID = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*__[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
INGEST = "ingest__"
RELEASE_ASSET = "release"
RELEASE_POINTER = "current.json"
# pages about the lake itself for people; the next one of a name replaces it
PAGES = "ops/docs/"
DBT_PAGE = f"{PAGES}dbt.html"
QUALITY_PAGES = f"{PAGES}quality/"
# the cockpit of each release stays; the pointer names the release that is shown to whoever names none
COCKPITS = f"{PAGES}cockpit/"
COCKPIT_POINTER = f"{COCKPITS}current.json"
# written last: a cockpit without it does not exist
COCKPIT_PAGES = "pages.json"
# beside the bytes of a delivery
RECEIPT = "receipt.json"
# where a row came from: columns of every table below the marts, with their Spark types
TECHNICAL = {
    "_delivery_id": "string",
    "_source_object": "string",
    "_record_number": "bigint",
    "_ingested_at": "timestamp",
}


def check_feed_id(feed: str) -> str:
    """Returns the id if it has the form `<source>__<entity>`; raises ValueError otherwise."""
    if not FEED_ID.fullmatch(feed):
        raise ValueError(f"{feed!r} is not a feed id of the form <source>__<entity>")
    return feed


def lake_key(layer: str, name: str) -> str:
    """Key prefix of a Delta table inside the lake bucket."""
    return f"{layer}/{name}"


def spark_uri(layer: str, name: str) -> str:
    """Address of a Delta table as Spark reads it."""
    return f"s3a://{LAKE}/{lake_key(layer, name)}"


def uri(layer: str, name: str) -> str:
    """Address of a Delta table as every other reader reads it."""
    return f"s3://{LAKE}/{lake_key(layer, name)}"


def inbox_prefix(ags: str, delivery_feed: str) -> str:
    """Key prefix of what one administration has put down for one feed: below it stand period and name."""
    return f"{ags}/{delivery_feed}/"


def answer_key(inbox_key: str, delivery: str, suffix: str) -> str:
    """Key of the answer to an upload; `suffix` is `json` for the answer itself, or that of the marked workbook."""
    return f"{inbox_key}/{delivery}.{suffix}"


def inbox_asset(feed: str) -> str:
    """Name of the Asset that an upload emits."""
    return f"inbox/{feed}"


def landed_asset(feed: str) -> str:
    """Name of the Asset that a delivery emits which the bridge landed."""
    return f"landed/{feed}"


def silver_asset(feed: str) -> str:
    """Name of the Asset that a committed silver batch emits."""
    return f"silver/{feed}"


def ingest_dag(feed: str) -> str:
    """Id of the feed's DAG."""
    return f"{INGEST}{feed}"


def ingested_feed(dag: str) -> str | None:
    """The feed that a DAG ingests; None for the DAGs of the region."""
    return dag.removeprefix(INGEST) if dag.startswith(INGEST) else None


def release_schema(release: int) -> str:
    """Schema of the views of one release."""
    return f"r_{release}"


def manifest_key(release: int) -> str:
    """Key of a release's manifest inside the bucket of releases."""
    return f"{release}/manifest.json"


def suite_page(suite: str) -> str:
    """Key of the page on a suite's last run inside the lake bucket."""
    return f"{QUALITY_PAGES}{suite}.html"


def cockpit_key(release: int, page: str) -> str:
    """Key of a page of a release's cockpit inside the lake bucket."""
    return f"{COCKPITS}{release}/{page}"


def publication_key(release: int) -> str:
    """Key of the report on a release's publication inside the lake bucket."""
    return f"publications/{release}.json"
