"""The gate: runs a suite on a frame, keeps every result, and raises when a critical expectation fails.

Great Expectations has an engine for each kind of frame: rows in memory are judged in this process, a table that does
not fit there by Spark. Both give the same verdicts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd
import pyarrow as pa
from great_expectations.core import ExpectationSuiteValidationResult
from great_expectations.execution_engine import pandas_execution_engine
from great_expectations.render.renderer import ValidationResultsPageRenderer
from great_expectations.render.view import DefaultJinjaPageView
from pyspark.sql import DataFrame

from expectations.suites import custom_suite, generic, marts
from lakehouse import names
from lakehouse.errors import GateFailed
from lakehouse.lake import ops
from lakehouse.lake.profile import Profile
from lakehouse.settings import Settings
from lakehouse.spec.source import Source
from lakehouse.storage import ObjectStore

FAIL, WARN = "fail", "warn"
# Great Expectations marks a frame with a hash of all its values, twice; that took three quarters of a verdict, and the
# mark goes nowhere here: the rows are those of the batch that the run names
pandas_execution_engine.hash_pandas_dataframe = lambda _: ""
# its own template has browsers fetch styles and scripts from foreign hosts
_PAGES = DefaultJinjaPageView(custom_views_directory=str(Path(__file__).parent))

Frame: TypeAlias = "DataFrame | pa.Table"


@dataclass(frozen=True)
class Result:
    """Outcome of one expectation; `severity` is fail or warn, `sentence_de` says the rule to those who read no code."""

    suite: str
    subject: str
    expectation: str
    severity: str
    owner: str
    sentence_de: str
    success: bool
    observed: str


@dataclass(frozen=True)
class Moved:
    """A candidate mart and what is released of it; see `expectations.suites.marts.release`."""

    now: Profile
    before: Profile | None
    owner: str
    by_people: bool


class Gate:
    """Runs suites for one run. Results go to `ops.quality_results`, the page of a suite shows its last run."""

    def __init__(self, settings: Settings, store: ObjectStore, run_id: str) -> None:
        """Opens a Great Expectations context that lives in memory only."""
        self._settings = settings
        self._store = store
        self._run_id = run_id
        self._context = gx.get_context(mode="ephemeral")
        self._context.variables.progress_bars = {"globally": False}

    def silver_batch(
        self,
        source: Source,
        valid: Frame,
        *,
        batch_rows: int,
        valid_rows: int,
        quarantined: int,
        current: int,
        found: Mapping[str, Mapping[str, list[str]]],
    ) -> list[Result]:
        """Gate before the commit: the delivery as a whole, then its valid rows.

        Args:
            source: feed.
            valid: valid rows of the batch.
            batch_rows: rows that came in.
            valid_rows: rows in `valid`.
            quarantined: rows in quarantine.
            current: rows in silver that the batch replaces.
            found: values that are not as declared, by rule and delivery: `missing` are those that `expects` names and
                the delivery lacks, `strange` those that it rules out, `alike` those that `scope` leaves out although
                they differ only by form from a declared one, `shrunk` how much less a delivery has than it replaces.

        Raises:
            GateFailed: a critical expectation failed.
        """
        counts = {"rows": valid_rows, "quarantined": quarantined}
        counts |= {rule: sum(map(len, values.values())) for rule, values in found.items()}
        profile = pa.table({name: [count] for name, count in counts.items()})
        return self.check(
            {
                f"delivery.{source.id}": (profile, generic.delivery(source, current, batch_rows, found)),
                f"silver.{source.id}": (valid, [*generic.silver(source), *custom_suite(source.id, source.owner)]),
            }
        )

    def marts(
        self, candidates: Mapping[str, Moved], reconciled: tuple[pa.Table, list[gxe.Expectation]]
    ) -> list[Result]:
        """Gate before the release: each candidate against the last release, and feeds against each other.

        What a mart must hold, dbt has tested.

        Args:
            candidates: the marts that were built.
            reconciled: see `expectations.suites.reconciliation.suite`.

        Raises:
            GateFailed: a critical expectation failed.
        """
        suites = {
            f"release.{name}": marts.release(mart.now, mart.before, mart.owner, by_people=mart.by_people)
            for name, mart in candidates.items()
        }
        if reconciled[1]:
            suites["reconciliation"] = reconciled
        return self.check(suites)

    def check(self, suites: Mapping[str, tuple[Frame, list[gxe.Expectation]]]) -> list[Result]:
        """Runs all suites, records all results, then raises GateFailed if anything critical failed."""
        results = [result for name, (frame, suite) in suites.items() for result in self._run(name, frame, suite)]
        self._record(results)
        failed = [
            f"{r.subject}: {r.expectation} ({r.observed})" for r in results if r.severity == FAIL and not r.success
        ]
        if failed:
            raise GateFailed(", ".join(suites), failed)
        return results

    def _run(self, name: str, frame: Frame, expectations: list[gxe.Expectation]) -> list[Result]:
        if isinstance(frame, pa.Table):
            engine: Any = self._context.data_sources.add_pandas(name)
            frame = frame.to_pandas(types_mapper=pd.ArrowDtype)
        else:
            # a persisted batch would stay cached in the warm server
            engine = self._context.data_sources.add_spark(name, persist=False)
        asset = engine.add_dataframe_asset(name)
        batch = asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": frame})
        suite = gx.ExpectationSuite(name, expectations=expectations)
        # BOOLEAN_ONLY spares the extra jobs that collect unexpected values; only what failed is looked at again
        outcome = batch.validate(suite, result_format="BOOLEAN_ONLY")
        if not outcome.success:
            outcome = batch.validate(suite, result_format={"result_format": "SUMMARY", "partial_unexpected_count": 0})
        results = [_result(name, single) for single in outcome.results]
        self._write_page(name, outcome, results)
        return results

    def _write_page(self, name: str, outcome: ExpectationSuiteValidationResult, results: list[Result]) -> None:
        found = ValidationResultsPageRenderer().render(outcome)
        page = _PAGES.render(found, "suite_page.html", suite=name, results=results)
        self._store.put(names.LAKE, names.suite_page(name), page.encode(), "text/html; charset=utf-8")

    def _record(self, results: list[Result]) -> None:
        ops.append(
            self._settings, "quality_results", ({"run_id": self._run_id, **asdict(result)} for result in results)
        )


def _result(suite: str, single: Any) -> Result:
    config = single.expectation_config
    raised = single.exception_info.get("raised_exception") or any(
        isinstance(info, dict) and info.get("raised_exception") for info in single.exception_info.values()
    )
    if raised:
        raise RuntimeError(f"{suite}: {config.type} could not be evaluated: {single.exception_info}")
    columns = [config.kwargs.get(key) for key in ("column", "column_A", "column_B", "column_list")]
    meta = config.meta or {}
    severity = WARN if str(getattr(config.severity, "value", config.severity)) == "warning" else FAIL
    return Result(
        suite=suite,
        subject=", ".join(str(column) for column in columns if column) or "table",
        expectation=meta.get("rule") or config.type,
        severity=severity,
        owner=meta["owner"],
        sentence_de=meta["sentence_de"],
        success=bool(single.success),
        observed=json.dumps(_observed(single.result), default=str),
    )


def _observed(result: dict[str, Any]) -> dict[str, Any]:
    # counts only: unexpected values may be personal data
    kept = ("element_count", "unexpected_count", "missing_count", "observed_value")
    return {key: result[key] for key in kept if key in result}
