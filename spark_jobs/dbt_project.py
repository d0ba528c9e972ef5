"""The dbt project of a checkout with the sources that its feeds declare: documented, parsed and run."""

from __future__ import annotations

import json
import logging
import os
import shutil
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from lakehouse.errors import LakehouseError
from lakehouse.lake import ops
from lakehouse.lake.build_plan import DBT_DIR, BuildPlan
from lakehouse.lake.dbt_artifacts import describe, outcomes, staged_feeds, variables, write_sources
from lakehouse.lake.fingerprint import fingerprint
from lakehouse.settings import Settings, state_dir
from lakehouse.spec.discovery import feed_ids, load_sources, readable

# in one file, and without asking Spark
_DOCUMENT = ("docs", "generate", "--static", "--no-compile", "--empty-catalog")
_DESCRIBED = "described.json"
_PAGE = "static_index.html"
log = logging.getLogger("smartvest.marts")


class BuildFailed(LakehouseError):
    """dbt could not build a model; trying again may help."""


def copy(sources_dir: Path, pins: Iterable[str], into: Path) -> Path:
    """A copy of the project with the sources of some pins: the checkout may be read-only, or serve several stacks.

    Raises:
        SpecError: a feed is not declared, or its declaration is invalid.
    """
    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(DBT_DIR, into)
    # what is said of all deliveries needs every feed; one that cannot be read stops only what is made of its rows
    every, _ = readable(sources_dir, feed_ids(sources_dir))
    write_sources(load_sources(sources_dir, ops.feeds(pins)), every, into / "models" / "staging" / "_sources.yml")
    return into


def document(sources_dir: Path, into: Path) -> Path:
    """Writes dbt's documentation of all models as one page; needs no running stack.

    Raises:
        LakehouseError: dbt cannot read the project.
    """
    from dbt.cli.main import dbtRunner

    project = copy(sources_dir, staged_feeds(DBT_DIR), into / "project")
    # the profile wants to know where Spark is, and nothing is asked of it
    os.environ.setdefault("SPARK_REMOTE", "sc://nobody")
    common = ["--no-use-colors", "--quiet", "--project-dir", str(project), "--profiles-dir", str(project)]
    common += ["--target-path", str(into), "--log-path", str(into / "logs")]
    done: Any = dbtRunner().invoke(["parse", *common])
    if done.success:
        done = dbtRunner(manifest=done.result).invoke([*_DOCUMENT, *common])
    if not done.success:
        raise LakehouseError(f"dbt cannot read its project: {done.exception}; see {into / 'logs'}")
    return into / _PAGE


def described() -> dict[str, Any]:
    """What dbt says about marts and publications as it parsed them for the last build; read where the build ran."""
    found: dict[str, Any] = json.loads((state_dir() / "dbt" / _DESCRIBED).read_text("utf-8"))
    return found


def documentation() -> Path:
    """The page that dbt wrote about the project of the last build; there is none if it could not."""
    return state_dir() / "dbt" / _PAGE


class Dbt:
    """dbt on the project of one build, which is parsed once."""

    def __init__(self, settings: Settings, plan: BuildPlan, project: Path, target: Path) -> None:
        """Keeps what a build reads; nothing is run yet."""
        os.environ["SPARK_REMOTE"] = settings.spark_remote.get_secret_value()
        lasting = {"retention_days": settings.release_retention_days}
        given = {"pins": plan.pins, "released_pins": plan.released, "changed_deliveries": plan.changed}
        self._project, self._target, self._manifest = project, target, None
        self.tests: dict[str, dict[str, Any]] = {}
        self._common = ["--project-dir", str(project), "--profiles-dir", str(project), "--target-path", str(target)]
        self._common += ["--log-path", str(target / "logs"), "--no-use-colors"]
        # dbt parses everything again when a variable has changed, and no model asks for the others until it is built
        self._parsed_with = ["--vars", json.dumps(lasting)]
        self._built_with = ["--vars", json.dumps(lasting | given)]
        # dbt asks each time for a setting that a running server cannot change
        warnings.filterwarnings("ignore", message="Failed to set spark.sql.catalogImplementation")

    def parse(self) -> dict[str, Any]:
        """The marts as the project describes them. Raises BuildFailed if dbt cannot read it.

        What the last build parsed is taken as it is only if no byte of the project has changed since.
        """
        parsed, now = self._target / "parsed", fingerprint(self._project)
        known = parsed.exists() and parsed.read_text("utf-8") == now
        parsed.unlink(missing_ok=True)
        read = self._run("parse", *self._parsed_with, "--partial-parse" if known else "--no-partial-parse")
        if not read.success:
            raise BuildFailed(f"dbt cannot read its project: {read.exception}; see {self._target / 'logs'}")
        parsed.write_text(now, "utf-8")
        self._manifest = read.result
        # a build adds to the manifest what it called, so that the same code would look like another afterwards
        found = describe(self._target / "manifest.json", variables(self._project))
        (self._target / _DESCRIBED).write_text(json.dumps(found), "utf-8")
        self.tests = found["tests"]
        marts: dict[str, Any] = found["marts"]
        return marts

    def document(self) -> None:
        """Writes the page on what was parsed. A build does not fail for it; see `documentation`."""
        (self._target / _PAGE).unlink(missing_ok=True)
        done = self._run(*_DOCUMENT)
        if not done.success:
            log.warning("dbt could not write its documentation: %s; see %s", done.exception, self._target / "logs")

    def build(self, spark: SparkSession, paths: Sequence[str], tests: Sequence[str]) -> list[dict[str, Any]]:
        """Builds the models in some files and runs some tests; gives every outcome.

        Raises:
            BuildFailed: it did not start.
        """
        results = self._target / "run_results.json"
        results.unlink(missing_ok=True)
        chosen = [f"path:{path}" for path in paths]
        ran = self._run("build", *self._built_with, "--select", *chosen, *tests, "--indirect-selection", "empty")
        if not results.exists():
            raise BuildFailed(f"dbt did not start: {ran.exception}; see {self._target / 'logs'}")
        made = outcomes(results, self.tests)
        if not any(outcome["status"] == "error" for outcome in made):
            # dbt-spark takes over this process's session and leaves it with ANSI off: a bad cast would become NULL.
            # After an error nothing more is read, and a session that died with its server would hide what dbt said.
            spark.conf.set("spark.sql.ansi.enabled", "true")
        return made

    def _run(self, *command: str) -> Any:
        from dbt.cli.main import dbtRunner  # costs seconds; only the process that builds pays for it

        return dbtRunner(manifest=self._manifest).invoke([*command, *self._common])
