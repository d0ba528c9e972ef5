"""Builds the candidate marts with one dbt process and keeps every node's outcome."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame, Row, SparkSession

from lakehouse.administrations import ADMINISTRATIONS
from lakehouse.errors import LakehouseError
from lakehouse.lake import ops
from lakehouse.lake.affected import affected, altered, latest_version
from lakehouse.lake.build_plan import BuildPlan
from lakehouse.lake.contracts import broken
from lakehouse.lake.profile import AREA
from lakehouse.lake.release import latest
from lakehouse.settings import Settings, state_dir
from lakehouse.storage import ObjectStore
from spark_jobs import dbt_project, session
from spark_jobs.dbt_project import BuildFailed, Dbt
from spark_jobs.release import CANDIDATE, Candidate, measure

# up to so many rows of silver behind a mart, generated code costs more than it saves
FEW_ROWS = 50_000
# eleven administrations; a list of all municipalities says nothing
MOST_NAMED = 11
KEPT = ("node", "kind", "status", "seconds", "severity", "owner", "sentence_de", "message", "failing_rows")
log = logging.getLogger("smartvest.marts")


class TestFailed(LakehouseError):
    """A dbt test does not hold; the same data will break it again."""


def build(settings: Settings, plan: BuildPlan, run_id: str) -> dict[str, Candidate]:
    """Builds and tests the marts whose data or code changed since the last release, from the pinned silver versions.

    Returns:
        every mart: measured if it was built, else as it was released.

    Raises:
        TestFailed: a test does not hold; names each and why. The release stays as it was.
        BuildFailed: a model could not be built, or a mart breaks what the last release promised; names each and why.
    """
    target = state_dir() / "dbt"
    project = dbt_project.copy(settings.sources_dir, plan.pins, target / "project")
    store = ObjectStore.for_role(settings, "spark")
    base = latest(store)
    dbt = Dbt(settings, plan, project, target)
    marts = dbt.parse()
    if base and (changed := broken(base, marts, dt.datetime.now(dt.UTC).date())):
        raise BuildFailed("a new form of a mart needs a version of its own: " + "; ".join(changed))
    dbt.document()
    chosen = affected(store, base, marts, plan.pins)
    log.info("%d of %d marts are built: %s", len(chosen), len(marts), ", ".join(chosen) or "none")
    released = base.marts if base else {}
    known = {name: Candidate(released[name].version, released[name].rows, released[name].checksum) for name in released}
    built: dict[str, Candidate] = {}
    # a lake from before a column was thought of gets it here
    ops.create(settings, "model_results")
    with session.connect(settings) as spark:
        if plan.released:
            growing = [name for name in chosen if name in released and marts[name]["incremental"]]
            _restore(spark, store, {name: released[name].version for name in growing})
        for part in _parts(chosen, marts, plan.rows):
            session.suit(spark, few_rows=part.few_rows)
            made = dbt.build(spark, [marts[name]["path"] for name in part.marts], part.tests(dbt.tests))
            results = made if _with_status(made, "error") else [_explained(spark, outcome) for outcome in made]
            ops.append(settings, "model_results", ({"run_id": run_id, **{k: r[k] for k in KEPT}} for r in results))
            _judge(results)
            since = {name: known[name].version if name in known else -1 for name in part.marts}
            built |= measure(spark, {name: latest_version(store, name, version) for name, version in since.items()})
    return {name: built.get(name) or known[name] for name in marts}


@dataclass(frozen=True)
class _Part:
    """Marts that one session builds."""

    marts: list[str]
    later: list[str]
    few_rows: bool

    def tests(self, known: Mapping[str, Mapping[str, Any]]) -> list[str]:
        """The tests that read one of them, and none that is built later."""
        reads = {name: {*test["reads"]} for name, test in known.items()}
        return [name for name, read in reads.items() if read & {*self.marts} and not read & {*self.later}]


def _parts(chosen: list[str], marts: Mapping[str, Any], rows: Mapping[str, int]) -> list[_Part]:
    """First the marts of few rows, then the others, which may read them: each in a session that suits them."""
    few = [n for n in chosen if sum(rows.get(feed, 0) for feed in marts[n]["inputs"]) <= FEW_ROWS]
    many = [name for name in chosen if name not in few]
    return [part for part in (_Part(few, many, few_rows=True), _Part(many, [], few_rows=False)) if part.marts]


def _judge(results: list[dict[str, Any]]) -> None:
    """Raises TestFailed or BuildFailed, with everything that went wrong."""
    if not_built := _with_status(results, "error"):
        raise BuildFailed("dbt could not build " + "; ".join(not_built))
    if failed := _with_status(results, "fail"):
        raise TestFailed("these dbt tests do not hold: " + "; ".join(failed))


def _restore(spark: SparkSession, store: ObjectStore, versions: dict[str, int]) -> None:
    """Puts marts that grow back to the release that the build starts from.

    A build that failed its gate, or was killed, may have left rows behind that nothing may build on.
    """
    for name, version in versions.items():
        if altered(store, name, version):
            spark.sql(f"RESTORE TABLE {CANDIDATE}.{name} TO VERSION AS OF {version}")


def _explained(spark: SparkSession, result: dict[str, Any]) -> dict[str, Any]:
    """The outcome of a test, with the rules that are broken where it says so; dbt itself only counts them."""
    if result["kind"] != "test" or result["status"] not in ("fail", "warn"):
        return result
    found = spark.sql(result["sql"])
    if found.columns == ["rule", "broken_rows", "relation", "condition"]:
        rules = found.collect()
        broken = "; ".join(f"{row.rule}: {row.broken_rows} rows{_of(_areas(spark, row))}" for row in rules)
        # dbt counts the rules; a row that breaks two of them counts twice
        result = {**result, "failing_rows": sum(row.broken_rows for row in rules)}
    elif AREA in found.columns:
        broken = f"rows{_of(_listed(found))}"
    else:
        return result
    return {**result, "message": f"{result['message']}: {broken}"}


def _areas(spark: SparkSession, broken: Row) -> list[str]:
    """Whose rows break a rule, by AGS."""
    table = spark.table(broken.relation)
    return _listed(table.where(broken.condition)) if AREA in table.columns else []


def _listed(rows: DataFrame) -> list[str]:
    return sorted(row[0] for row in rows.select(AREA).distinct().collect() if row[0])


def _of(areas: Sequence[str]) -> str:
    """Whose rows they are, where it is an administration's."""
    named = [ADMINISTRATIONS.get(ags, ags) for ags in areas]
    return f" of {', '.join(named[:MOST_NAMED])}{' and others' * (len(named) > MOST_NAMED)}" if named else ""


def _with_status(results: list[dict[str, Any]], status: str) -> list[str]:
    return [_told(result) for result in results if result["status"] == status]


def _told(result: dict[str, Any]) -> str:
    """What happened to a node; of a test first what should hold, for people who read no code."""
    sentence = f" „{result['sentence_de']}“" if result["sentence_de"] else ""
    return f"{result['kind']} {result['node']}{sentence} ({result['message']})"
