"""The job: a release goes in; files, an edition of the catalogue and at last the entry object come out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rdflib import Graph

from lakehouse.lake import release as releases
from lakehouse.lake.release import Manifest, MartPin, Publication
from lakehouse.settings import Settings
from lakehouse.storage import ObjectStore
from opendata import catalogue, checks, files, licences, meta, objects, publisher, shapes, state, tables
from opendata.publisher import Publisher
from opendata.report import HeldBack, PublishedDataset, PublishRefused, PublishReport
from opendata.state import DatasetState, Entry, Index
from opendata.tables import MartReader


@dataclass(frozen=True)
class _Run:
    """What every step of one run needs."""

    store: ObjectStore
    manifest: Manifest
    entry: Entry | None
    facts: Publisher
    now: dt.datetime

    def before(self, dataset: str) -> DatasetState | None:
        """State of a dataset that the entry object shows now."""
        return self.entry.index.datasets.get(dataset) if self.entry else None


@dataclass(frozen=True)
class _Candidate:
    """A dataset that may leave: its files, those not yet uploaded, and what the catalogue says."""

    rendered: files.Rendered
    missing: tuple[files.File, ...]
    entry: catalogue.Entry


def publish(
    settings: Settings,
    release: int | None = None,
    *,
    store: ObjectStore | None = None,
    reader: MartReader | None = None,
    now: dt.datetime | None = None,
) -> PublishReport:
    """Publishes a release as open data. Run again, or killed and run again, it gives the same result.

    Everything is checked before the first byte is uploaded; the entry object is switched last. An older release can be
    published again; `dct:modified` of the datasets that change back then moves forward to the time of the run.

    Args:
        settings: addresses, the publisher's keys, BASE_IRI and DCAT_SHAPES_DIR.
        release: number of the release; the current one if not given.
        store: object store; by default that of the settings with the publisher's keys.
        reader: reader of marts; by default the lake of the settings.
        now: time of the run.

    Returns:
        What was published and what was held back.

    Raises:
        PublishRefused: the catalogue would be wrong, empty or lose a dataset, or somebody else published meanwhile.
        NotFound: there is no such release.
    """
    store = store or ObjectStore.for_role(settings, "publisher")
    base_iri = settings.base_iri.rstrip("/")
    run = _Run(
        store=store,
        manifest=releases.manifest(store, releases.current(store) if release is None else release),
        entry=state.read_entry(store, base_iri),
        facts=publisher.load(),
        now=_seconds(now or dt.datetime.now(dt.UTC)),
    )
    with _reader(settings, reader) as read:
        candidates, held_back = _collect(run, read)
    datasets = {candidate.rendered.dataset: candidate.entry.state for candidate in candidates}
    index = state.next_index(run.entry, run.manifest.release, base_iri, datasets, run.now)
    _refuse_losses(run, index, held_back)
    graph = catalogue.build(run.facts, index, [candidate.entry for candidate in candidates])
    warnings = _check(run, settings, base_iri, graph, candidates, held_back)
    uploaded = _upload(store, candidates)
    edition, uploaded_edition = objects.put_edition(store, graph, index)
    report = PublishReport(
        release=run.manifest.release,
        published=tuple(_published(run, base_iri, candidate) for candidate in candidates),
        held_back=tuple(held_back),
        shapes_checked=settings.dcat_shapes_dir is not None,
        catalogue_url=f"{base_iri}/{state.ENTRY}",
        uploaded=uploaded + uploaded_edition,
        switched=objects.switch(store, run.entry, edition),
        warnings=warnings,
    )
    objects.put_report(store, report)
    return report


def _seconds(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(microsecond=0)


@contextmanager
def _reader(settings: Settings, given: MartReader | None) -> Iterator[MartReader]:
    if given is not None:
        yield given
        return
    with tables.lake_reader(settings) as reader:
        yield reader


def _collect(run: _Run, read: MartReader) -> tuple[list[_Candidate], list[HeldBack]]:
    candidates: list[_Candidate] = []
    held_back: list[HeldBack] = []
    slugs = [publication.dataset for publication in run.manifest.publications]
    if twice := sorted({slug for slug in slugs if slugs.count(slug) > 1}):
        raise PublishRefused([f"two exposures publish the same dataset: {', '.join(twice)}"])
    for publication in sorted(run.manifest.publications, key=lambda p: p.dataset):
        result = _one(run, read, publication)
        if isinstance(result, HeldBack):
            held_back.append(result)
        else:
            candidates.append(result)
    return candidates, held_back


def _one(run: _Run, read: MartReader, publication: Publication) -> _Candidate | HeldBack:
    described = meta.parse(publication)
    slug = described.dataset
    for withdrawn in run.facts.withdrawn:
        if withdrawn.dataset == slug:
            return HeldBack(slug, f"withdrawn: {withdrawn.reason}", "take it off the list in opendata/publisher.yml")
    mart = run.manifest.marts.get(publication.mart)
    if mart is None:
        raise PublishRefused([f"{slug}: release {run.manifest.release} has no mart {publication.mart}"])
    if problem := licences.held_back(run.manifest, slug, mart, described.licence):
        return problem
    columns = [column for column in mart.columns if column.publish]
    if not columns:
        return HeldBack(slug, "no column may be published", f"mark columns of {publication.mart} with publish: true")
    if not mart.rows:
        return HeldBack(slug, "it has no rows", f"release {publication.mart} with rows")
    table = read(mart, [column.name for column in columns])
    if table.num_rows != mart.rows:
        raise PublishRefused([f"{slug}: {publication.mart} has {table.num_rows} rows, the release says {mart.rows}"])
    table = tables.normalise(slug, table)
    rendered, missing = objects.adopt(run.store, files.render(slug, table, columns))
    created_at = _seconds(run.manifest.created_at)
    current = state.advance(rendered, run.before(slug), run.manifest.release, created_at, run.now)
    entry = catalogue.Entry(
        meta=described,
        state=current,
        attribution=licences.attribution(run.manifest, mart),
        period=(described.temporal_start, described.temporal_end)
        if described.temporal is None
        else tables.period(slug, table, described.temporal.column),
        provenance=_provenance(run, mart, current.release),
    )
    return _Candidate(rendered, missing, entry)


def _provenance(run: _Run, mart: MartPin, release: int) -> str:
    sources = "; ".join(run.manifest.feeds[feed].title for feed in sorted(mart.inputs))
    return f"Erzeugt aus Release {release} des Datenhauses SmartVest. Quellen: {sources}"


def _refuse_losses(run: _Run, index: Index, held_back: list[HeldBack]) -> None:
    if not index.datasets:
        raise PublishRefused([f"release {index.release} has no dataset that may leave"], held_back)
    if run.entry is None:
        return
    withdrawn = {withdrawn.dataset for withdrawn in run.facts.withdrawn}
    why = {held.dataset: f"it is held back, because {held.reason}: {held.remedy}" for held in held_back}
    none = f"release {index.release} does not have it"
    lost = sorted(set(run.entry.index.datasets) - set(index.datasets) - withdrawn)
    if lost:
        raise PublishRefused(
            [
                f"the published dataset {slug} would be lost ({why.get(slug, none)};"
                " to withdraw it on purpose, list it in opendata/publisher.yml)"
                for slug in lost
            ],
            held_back,
        )


def _check(
    run: _Run,
    settings: Settings,
    base_iri: str,
    graph: Graph,
    candidates: list[_Candidate],
    held_back: list[HeldBack],
) -> tuple[str, ...]:
    internal = (settings.s3_endpoint.rstrip("/"),)
    problems = checks.check(graph, run.facts, base_iri, internal)
    for candidate in candidates:
        problems += checks.internal_addresses(
            candidate.rendered.csvw.data.decode(), candidate.rendered.csvw.name, internal
        )
    warnings: tuple[str, ...] = ()
    if settings.dcat_shapes_dir is not None:
        result = shapes.check(graph, settings.dcat_shapes_dir)
        problems += result.violations
        warnings = result.warnings
    if problems:
        raise PublishRefused(problems, held_back)
    return warnings


def _upload(store: ObjectStore, candidates: list[_Candidate]) -> int:
    uploaded = 0
    for candidate in candidates:
        for file in candidate.missing:
            uploaded += objects.put_once(store, candidate.rendered.prefix + file.name, file.data, file.content_type)
        for published in candidate.entry.state.files:
            objects.verify(store, published)
    return uploaded


def _published(run: _Run, base_iri: str, candidate: _Candidate) -> PublishedDataset:
    current = candidate.entry.state
    before = run.before(candidate.rendered.dataset)
    return PublishedDataset(
        dataset=candidate.rendered.dataset,
        rows=current.rows,
        content_id=current.content_id,
        version=current.version,
        changed=before is None or before.content_id != current.content_id,
        addresses=tuple(f"{base_iri}/{file.key}" for file in (current.csv, current.parquet)),
    )
