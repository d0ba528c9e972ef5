"""Why a figure is not what it was: the cells of a mart that differ between two releases, and what the manifests say.

The walk goes from release to release. Where a mart's files are the same, nothing is read; elsewhere its cells are
compared, and what the manifest records of that step explains those that changed. What a manifest cannot tell apart is
named together, and what it does not record is said to be so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

import duckdb

from lakehouse.errors import LakehouseError
from lakehouse.lake import compare_sql, release, sql
from lakehouse.lake.compare_sql import NOT_RECORDED, UNEXPLAINED, Cause, Step
from lakehouse.lake.release import DeliveryChange, Manifest, MartPin
from lakehouse.settings import StoreSettings
from lakehouse.storage import NotFound, Readable

# the words of a delivery's kind: as a cause, and in a sentence
_KINDS = {
    "new": ("new delivery", "new delivery of {}"),
    "correction": ("correction", "correction of {}"),
    "late": ("late data", "late data of {}"),
    "reloaded": (compare_sql.CODE, "{} read again under other rules"),
}


@dataclass(frozen=True)
class Comparison:
    """Two releases, each mart of them a view: `main` has those of the newer, `before` those of the older one.

    `chain` are their manifests and all between them, oldest first.
    """

    connection: duckdb.DuckDBPyConnection
    chain: list[Manifest]

    def query(self, mart: str, *, all_steps: bool = False) -> str:
        """SQL for the cells that differ, see `compare_sql.query`; raises LakehouseError if they cannot be compared."""
        return query(self.chain, mart, all_steps=all_steps)

    @contextmanager
    def reading(self, mart: str) -> Iterator[None]:
        """Says of a file that is not there any more whose it is; raises LakehouseError."""
        try:
            yield
        except duckdb.HTTPException as error:
            if error.status_code != HTTPStatus.NOT_FOUND:
                raise
            first, last = self.chain[0].release, self.chain[-1].release
            raise LakehouseError(
                f"{mart} of a release between {first} and {last} is not kept any more; `python -m lakehouse releases"
                " --verify` names the releases that are whole"
            ) from None


def open_comparison(
    settings: StoreSettings, since: int, until: int | None = None, named: str | None = None
) -> Comparison:
    """Two releases in one connection, and `changes` with what differs.

    Args:
        settings: addresses and the analyst's keys.
        since: number of the older release.
        until: number of the newer one; the current one if not given.
        named: only the marts that this text names become views, as each is looked at for that; all if not given.

    Raises:
        LakehouseError: there is no such release, or the older one is not older.
    """
    connection = sql.connect(settings, "analyst", sql.RELEASED)
    objects = sql.Objects(connection)
    chain = manifests(objects, since, release.current(objects) if until is None else until)
    connection.execute(views(chain, named))
    return Comparison(connection, chain)


def manifests(store: Readable, since: int, until: int) -> list[Manifest]:
    """The manifests of two releases and all between them.

    Raises:
        LakehouseError: there is no such release, or the older one is not older.
    """
    pointer = release.pointer(store)
    newest = pointer.newest.release if pointer else 0
    for number in (since, until):
        if not 1 <= number <= newest:
            raise LakehouseError(f"there is no release {number}; the newest is {newest or 'still to come'}")
    if since >= until:
        raise LakehouseError(f"release {since} is not older than release {until}: nothing can have changed since")
    try:
        return [release.manifest(store, number) for number in range(since, until + 1)]
    except NotFound as error:
        raise LakehouseError(f"a release between {since} and {until} is missing: {error}") from None


def views(chain: Sequence[Manifest], named: str | None = None) -> str:
    """SQL that makes the marts views: of the newer release, of the older one in `before`, what differs in `changes`.

    A mart that cannot be compared is left out, unless a question to `changes` names it.

    Raises:
        LakehouseError: such a mart cannot be compared.
    """
    statements = ["CREATE SCHEMA changes; CREATE SCHEMA before; USE before;", sql.views(_some(chain[0], named))]
    statements += ["USE main;", sql.views(_some(chain[-1], named))]
    for mart in sorted({*chain[0].marts, *chain[-1].marts}):
        if named is None or re.search(rf'\bchanges"?\s*\.\s*"?{re.escape(mart)}\b', named, re.IGNORECASE):
            try:
                statements.append(f"CREATE VIEW changes.{sql.quoted(mart)} AS {query(chain, mart)};")
            except LakehouseError:
                if named is not None:
                    raise
    return "\n".join(statements)


def query(chain: Sequence[Manifest], mart: str, *, all_steps: bool = False) -> str:
    """SQL for the cells of a mart that differ between the first and the last of some manifests.

    Raises:
        LakehouseError: one of the two has no such mart, or it is not recorded what tells its rows apart.
    """
    for found in (chain[0], chain[-1]):
        release.pin(found, mart)
    for found in chain:
        if mart in found.marts and not found.marts[mart].key:
            raise LakehouseError(
                f"release {found.release} does not record what tells the rows of {mart} apart, so its cells cannot be"
                " compared with those of another release"
            )
    first, last = chain[0].marts[mart], chain[-1].marts[mart]
    for found in chain[:-1]:
        if mart in found.marts and (key := found.marts[mart].key) != last.key:
            raise LakehouseError(
                f"a row of {mart} was one {', '.join(key)} in release {found.release} and is one {', '.join(last.key)}"
                f" in release {chain[-1].release}: there is no cell that is in both"
            )
    return compare_sql.query(first, last, list(steps(chain, mart)), all_steps=all_steps)


def steps(chain: Sequence[Manifest], mart: str) -> Iterator[Step]:
    """The steps in which a mart got other files, each with what its manifest says of why.

    A release that lacks the mart is part of the step across it.
    """
    holding = [number for number, found in enumerate(chain) if mart in found.marts]
    for before, after in zip(holding, holding[1:], strict=False):
        pins = chain[before].marts[mart], chain[after].marts[mart]
        if [file.path for file in pins[0].files] != [file.path for file in pins[1].files]:
            yield Step(chain[after].release, *pins, list(_causes(chain[before : after + 1], mart, *pins)))


def _causes(chain: Sequence[Manifest], mart: str, before: MartPin, after: MartPin) -> Iterator[Cause]:
    recorded = bool(before.code and after.code)
    if recorded and before.code != after.code:
        yield Cause(compare_sql.CODE, f"changed code of {mart}", redefined=False)
    elif not recorded and chain[0].code != chain[-1].code:
        yield Cause(NOT_RECORDED, f"code changed, and the release does not record whether that of {mart} did")
    yield Cause(compare_sql.DEFINITION, f"new definition in {mart}", redefined=True)
    for older, newer in zip(chain, chain[1:], strict=False):
        for feed in sorted({*before.inputs, *after.inputs}):
            changes = newer.changes.get(feed, [])
            yield from (_cause(feed, change) for change in changes)
            # a feed that nothing was made of before is read since then because the code says so
            pins = older.silver.get(feed), newer.silver.get(feed)
            if not changes and pins[0] and pins[1] and pins[0].version != pins[1].version:
                versions = f"version {pins[0].version} to {pins[1].version}"
                yield Cause(NOT_RECORDED, f"{feed} went from {versions}, and the release does not record by what")
    yield Cause(UNEXPLAINED, "nothing that the release records explains it")


def _cause(feed: str, change: DeliveryChange) -> Cause:
    cause, words = _KINDS[change.kind]
    ags, period = change.scope.get("ags"), change.scope.get("period")
    of = feed + (f" by {ags}" if ags else "") + (f" for {period}" if period else "")
    return Cause(cause, f"{words.format(of)} (delivery {change.delivery})", change.delivery, ags, period)


def _some(found: Manifest, named: str | None) -> Manifest:
    """A release with the marts that a text names."""
    if named is None:
        return found
    words = {word.lower() for word in re.findall(r"\w+", named)}
    return found.model_copy(update={"marts": {m: pin for m, pin in found.marts.items() if m.lower() in words}})
