"""May it leave? The open licences of DCAT-AP.de and what they ask of data that is made from them."""

from __future__ import annotations

from enum import Enum

from lakehouse.lake.release import FeedUsed, Manifest, MartPin
from opendata.report import HeldBack
from opendata.terms import LICENCES


class Duty(Enum):
    """What an open licence asks of whoever passes the data on."""

    NONE = "none"
    ATTRIBUTION = "attribution"
    SHARE_ALIKE = "share alike"


_DUTIES = {
    Duty.NONE: "cc-zero ccpdm/1.0 dl-zero-de/2.0 odcpddl officialWork",
    Duty.ATTRIBUTION: "apache bsd cc-by cc-by-de/3.0 cc-by/4.0 dl-by-de/1.0 dl-by-de/2.0 geoNutz/20131001 "
    "geonutz/20130319 odby other-open other-opensource",
    Duty.SHARE_ALIKE: "cc-by-sa cc-by-sa-de/3.0 cc-by-sa/4.0 gfdl gpl/3.0 mozilla odbl",
}
#: The licences that the official list calls open, and their duty. `other-open` counts as asking for attribution.
OPEN = {LICENCES + code: duty for duty, codes in _DUTIES.items() for code in codes.split()}

RECORD = "record an open licence in sources/{feed}/source.yml and release again"


def held_back(manifest: Manifest, dataset: str, mart: MartPin, licence: str) -> HeldBack | None:
    """Checks the licence of a dataset against those of every feed it was made from, and that none is made up.

    Args:
        manifest: the release.
        dataset: slug, for the report.
        mart: the mart behind the dataset.
        licence: IRI under which the dataset is to be published.

    Returns:
        None if the dataset may leave, otherwise why not and what would change it.
    """
    if not mart.inputs:
        return HeldBack(dataset, "the release names no feed behind it", "let the mart read a declared dbt source")
    problems: dict[str, str] = {}
    for feed in sorted(mart.inputs):
        if problem := _feed_problem(feed, manifest.feeds.get(feed), licence):
            problems[problem[0]] = problem[1]
    if licence not in OPEN:
        problems[f"its own licence {licence} is not on the list of open licences"] = (
            "name an open licence of http://dcat-ap.de/def/licenses/ in the exposure's meta"
        )
    if not problems:
        return None
    return HeldBack(dataset, "; ".join(problems), "; ".join(dict.fromkeys(problems.values())))


def _feed_problem(feed: str, used: FeedUsed | None, licence: str) -> tuple[str, str] | None:
    if used is not None and used.fictitious:
        return f"feed {feed} holds fictitious data", "publish it when the administrations have delivered real data"
    terms = used.licence if used else None
    if used is None or terms is None:
        note = f" ({used.licence_note})" if used and used.licence_note else ""
        return f"feed {feed} has no recorded open licence{note}", RECORD.format(feed=feed)
    duty = OPEN.get(terms.id)
    if duty is None:
        return f"feed {feed}: {terms.id} is not an open licence", RECORD.format(feed=feed)
    if duty is not Duty.NONE and not terms.attribution.strip():
        return (
            f"feed {feed}: its licence asks for an attribution text and none is recorded",
            f"record the attribution in sources/{feed}/source.yml and release again",
        )
    if duty is Duty.ATTRIBUTION and OPEN.get(licence) is Duty.NONE:
        return (
            f"feed {feed} asks for attribution, which {licence} would drop",
            "name a licence with attribution in the exposure's meta, such as http://dcat-ap.de/def/licenses/dl-by-de/2.0",
        )
    if duty is Duty.SHARE_ALIKE and licence != terms.id:
        return (
            f"feed {feed} may only be passed on under {terms.id}",
            f"name {terms.id} in the exposure's meta, or leave the feed out of the mart",
        )
    return None


def attribution(manifest: Manifest, mart: MartPin) -> str:
    """The attribution texts of all feeds behind a mart, marked as edited as dl-by-de 2.0 (2) asks."""
    texts = [
        licence.attribution.strip()
        for feed in sorted(mart.inputs)
        if (licence := manifest.feeds[feed].licence) is not None and licence.attribution.strip()
    ]
    return "; ".join(dict.fromkeys(texts)) + " (Daten bearbeitet)" if texts else ""
