"""Where the fifty feeds come from: each has its publisher's page, and asks only hosts that it declares."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from lakehouse.settings import CHECKOUT
from lakehouse.spec.source import Source, discover

SOURCES = discover(CHECKOUT / "sources")
# lists that somebody makes from a publisher's dump, or cuts from another form: their source.yml says so
WITHOUT_ADDRESS = {
    "ozg_nrw__it_provider", "ozg_nrw__municipality", "ozg_nrw__service", "ozg_nrw__service_system",
    "ozg_nrw__situation", "ozg_nrw__subject", "unfallatlas__bicycle_accident",
}  # fmt: skip


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_a_feed_names_its_publisher_and_asks_the_hosts_it_declares(source: Source) -> None:
    assert source.publisher is not None
    hosts = {urlsplit(address).netloc for address in source.fetch.addresses}
    assert hosts == ({""} if source.id in WITHOUT_ADDRESS else set(source.fetch.hosts))
    if source.id not in WITHOUT_ADDRESS:
        assert {urlsplit(address).scheme for address in source.fetch.addresses} == {"https"}
    declared = (source.folder / "source.yml").read_text("utf-8")
    assert "# No public address" in declared if source.id in WITHOUT_ADDRESS else "Not asked from here." in declared


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_a_mirror_has_a_path_for_every_address(source: Source) -> None:
    mirrored = source.fetch.mirrored
    assert len(mirrored.addresses) == len(source.fetch.addresses)
    assert {urlsplit(address).netloc for address in mirrored.addresses} == {""}
