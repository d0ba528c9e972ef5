"""What stands behind a figure: the feeds, their terms, and what has not come yet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from lakehouse.lake.release import FeedUsed, Manifest

# feeds of people are titled in German, all others in English
_IN_GERMAN = "vest__"
_LICENCES = "http://dcat-ap.de/def/licenses/"


@dataclass(frozen=True)
class Source:
    """A feed: its title and language, under which licence it may be used, whom to name, and whether anything came."""

    feed: str
    title: str
    language: str
    licence: str
    attribution: str
    delivered: bool
    fictitious: bool


@dataclass(frozen=True)
class Origin:
    """What is behind a figure.

    Attributes:
        marts: marts that the query reads, as far as the release has them: name, German title, English description.
        sources: their feeds.
        fictitious: whether any of these is made up.
    """

    marts: tuple[tuple[str, str, str], ...]
    sources: tuple[Source, ...]
    fictitious: bool

    @property
    def awaited(self) -> tuple[Source, ...]:
        """Feeds of which nothing has come."""
        return tuple(source for source in self.sources if not source.delivered)


def origin(manifest: Manifest, marts: Sequence[str], skip: Collection[str] = ()) -> Origin:
    """What is behind some marts of a release.

    Args:
        manifest: the release.
        marts: names; what the release lacks is left out.
        skip: marts whose feeds are not named, because they are made of many that do not concern the figure.
    """
    known = [name for name in marts if name in manifest.marts and name != "dim_code"]
    feeds = {feed for name in known if name not in skip for feed in manifest.marts[name].inputs}
    pins = [(name, manifest.marts[name]) for name in known]
    return Origin(
        marts=tuple((name, pin.title_de or name, pin.description) for name, pin in pins),
        sources=tuple(_source(feed, manifest.feeds[feed]) for feed in sorted(feeds) if feed in manifest.feeds),
        fictitious=any(manifest.fictitious(name) for name in known if name not in skip),
    )


def _source(feed: str, used: FeedUsed) -> Source:
    terms = used.licence
    return Source(
        feed=feed,
        title=used.title,
        language="de" if feed.startswith(_IN_GERMAN) else "en",
        licence=terms.id.removeprefix(_LICENCES) if terms else "",
        attribution=terms.attribution if terms else "",
        delivered=bool(used.deliveries),
        fictitious=used.fictitious,
    )
