"""The gate: runs a suite on a frame, keeps every result, and raises when a critical expectation fails."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.core import ExpectationSuiteValidationResult
from great_expectations.render.renderer import ValidationResultsPageRenderer
from great_expectations.render.view import DefaultJinjaPageView
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from expectations.suites import generic, own
from lakehouse import names
from lakehouse.errors import GateFailed
from lakehouse.spec import Source
from lakehouse.storage import ObjectStore

FAIL, WARN = "fail", "warn"
HELD = ("valid", "duplicate", "superseded")


@dataclass(frozen=True)
class Result:
    """Outcome of one expectation; `severity` is fail or warn."""

    suite: str
    subject: str
    expectation: str
    severity: str
    success: bool
    observed: str


class Gate:
    """Runs suites for one run. Results go to `ops.quality_results`, a page per suite to the Data Docs in the lake."""

    def __init__(self, spark: SparkSession, store: ObjectStore, run_id: str) -> None:
        """Opens a Great Expectations context that lives in memory only."""
        self._spark = spark
        self._store = store
        self._run_id = run_id
        self._context = gx.get_context(mode="ephemeral")
        self._context.variables.progress_bars = {"globally": False}
        # a persisted batch would stay cached in the warm server
        self._source = self._context.data_sources.add_spark("spark", persist=False)

    def silver_batch(
        self,
        source: Source,
        valid: DataFrame,
        batch: DataFrame,
        *,
        pending: list[str],
        batch_rows: int,
        valid_rows: int,
        quarantined: int,
        current: int,
    ) -> list[Result]:
        """Gate before the MERGE: the delivery as a whole, then its valid rows.

        Args:
            source: feed.
            valid: valid rows of the batch.
            batch: all rows of the batch with their `_class`.
            pending: deliveries that the batch loads for the first time.
            batch_rows: rows that came in.
            valid_rows: rows in `valid`.
            quarantined: rows in quarantine.
            current: rows in silver that the batch replaces.

        Raises:
            GateFailed: a critical expectation failed.
        """
        missing = missing_values(source, batch, pending)
        profile = self._spark.createDataFrame(
            [(valid_rows, quarantined, sum(map(len, missing.values())))], "rows long, quarantined long, missing long"
        )
        return self.check(
            {
                f"delivery.{source.id}": (profile, generic.delivery(source, current, batch_rows, missing)),
                f"silver.{source.id}": (valid, [*generic.silver(source), *own("silver", source.id)]),
            }
        )

    def marts(
        self, candidates: dict[str, DataFrame], rows: dict[str, int], released_rows: dict[str, int]
    ) -> list[Result]:
        """Gate before the release: each candidate against the last release, and its own suite.

        Args:
            candidates: frame by mart.
            rows: how many rows it has, by mart.
            released_rows: rows by mart of the release that would be replaced; empty before the first one.

        Raises:
            GateFailed: a critical expectation failed.
        """
        suites: dict[str, tuple[DataFrame, list[gxe.Expectation]]] = {}
        for name, frame in candidates.items():
            size = self._spark.createDataFrame([(rows[name],)], "rows long")
            suites[f"release.{name}"] = (size, generic.release(released_rows.get(name, 0)))
            if suite := own("marts", name):
                suites[f"marts.{name}"] = (frame, suite)
        return self.check(suites)

    def check(self, suites: dict[str, tuple[DataFrame, list[gxe.Expectation]]]) -> list[Result]:
        """Runs all suites, records all results, then raises GateFailed if anything critical failed."""
        results = [result for name, (frame, suite) in suites.items() for result in self._run(name, frame, suite)]
        self._record(results)
        failed = [
            f"{r.subject}: {r.expectation} ({r.observed})" for r in results if r.severity == FAIL and not r.success
        ]
        if failed:
            raise GateFailed(", ".join(suites), failed)
        return results

    def _run(self, name: str, frame: DataFrame, expectations: list[gxe.Expectation]) -> list[Result]:
        asset = self._source.add_dataframe_asset(name)
        batch = asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": frame})
        suite = gx.ExpectationSuite(name, expectations=expectations)
        # BOOLEAN_ONLY spares the extra jobs that collect unexpected values; only what failed is looked at again
        outcome = batch.validate(suite, result_format="BOOLEAN_ONLY")
        if not outcome.success:
            outcome = batch.validate(suite, result_format={"result_format": "SUMMARY", "partial_unexpected_count": 0})
        self._write_page(name, outcome)
        return [_result(name, single) for single in outcome.results]

    def _write_page(self, name: str, outcome: ExpectationSuiteValidationResult) -> None:
        page = DefaultJinjaPageView().render(ValidationResultsPageRenderer().render(outcome))
        key = f"ops/data_docs/{self._run_id}/{name}.html"
        self._store.put(names.LAKE, key, page.encode(), "text/html; charset=utf-8")

    def _record(self, results: list[Result]) -> None:
        now = dt.datetime.now(dt.UTC)
        rows = [
            (self._run_id, r.suite, r.subject, r.expectation, r.severity, r.success, r.observed, now) for r in results
        ]
        columns = (
            "run_id string, suite string, subject string, expectation string, severity string, success boolean, "
            "observed string, checked_at timestamp"
        )
        self._spark.createDataFrame(rows, columns).write.format("delta").mode("append").save(
            names.spark_uri("ops", "quality_results")
        )


def missing_values(source: Source, batch: DataFrame, deliveries: list[str]) -> dict[str, list[str]]:
    """Pure: what `expects` names and a delivery lacks, by delivery; deliveries that hold everything are left out.

    A row that a later delivery of the batch repeats or replaces was delivered all the same; one that is in quarantine
    or out of scope was not.
    """
    if source.expects is None:
        return {}
    value = F.col(source.expects.column).cast("string")
    held = batch.where(F.col("_class").isin(list(HELD)) & value.isin(source.expects.values))
    found = {row[0]: set(row[1]) for row in held.groupBy("_delivery_id").agg(F.collect_set(value)).collect()}
    lacking = {name: [v for v in source.expects.values if v not in found.get(name, ())] for name in deliveries}
    return {name: values for name, values in lacking.items() if values}


def _result(suite: str, single: Any) -> Result:
    config = single.expectation_config
    raised = single.exception_info.get("raised_exception") or any(
        isinstance(info, dict) and info.get("raised_exception") for info in single.exception_info.values()
    )
    if raised:
        raise RuntimeError(f"{suite}: {config.type} could not be evaluated: {single.exception_info}")
    columns = [config.kwargs.get(key) for key in ("column", "column_A", "column_B", "column_list")]
    rule = (config.meta or {}).get("rule")
    severity = WARN if str(getattr(config.severity, "value", config.severity)) == "warning" else FAIL
    return Result(
        suite=suite,
        subject=", ".join(str(column) for column in columns if column) or "table",
        expectation=rule or config.type,
        severity=severity,
        success=bool(single.success),
        observed=json.dumps(_observed(single.result), default=str),
    )


def _observed(result: dict[str, Any]) -> dict[str, Any]:
    # counts only: unexpected values may be personal data
    kept = ("element_count", "unexpected_count", "missing_count", "observed_value")
    return {key: result[key] for key in kept if key in result}
