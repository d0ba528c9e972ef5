"""Where the feeds come from: each has its publisher's page, and asks only hosts that it declares."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from lakehouse.settings import CHECKOUT
from lakehouse.spec.discovery import discover
from lakehouse.spec.source import Source

# nobody is asked for what administrations put into the inbox
SOURCES = {feed: source for feed, source in discover(CHECKOUT / "sources").items() if source.is_fetched}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_a_feed_names_its_publisher_and_asks_the_hosts_it_declares(source: Source) -> None:
    assert source.publisher is not None
    asked = {(parts.scheme, parts.netloc) for parts in map(urlsplit, source.fetch.addresses)}
    if asked == {("", "")}:
        assert "# No public address" in (source.folder / "source.yml").read_text("utf-8")
        return
    assert {scheme for scheme, _ in asked} == {"https"}
    assert {host for _, host in asked} <= set(source.fetch.hosts)


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_a_mirror_has_a_path_for_every_address(source: Source) -> None:
    mirrored = source.fetch.mirrored
    assert len(mirrored.addresses) == len(source.fetch.addresses)
    assert {urlsplit(address).netloc for address in mirrored.addresses} == {""}
