"""Releases: what a reader sees while they are made, and what a new form of a mart needs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from lakehouse.lake import build_plan
from lakehouse.lake.build_plan import DBT_DIR
from lakehouse.lake.release import manifest
from spark_jobs import dbt_project
from spark_jobs.dbt_project import BuildFailed
from tests.integration.region import ESF_FILE, current, sample
from tests.support.built import make_release
from tests.support.polled import ESF, MADE_OF, UBA, history, reading, rebuilt, release_often
from tests.support.stack import LocalStack

pytestmark = pytest.mark.timeout(1800)
# nothing else is made of it
MART, KEY, DROPPED = "mart_kpi_definition", ["kpi", "definition_version"], "u4ssc"
# the drill makes fifty; among these are a new, a corrected and a late delivery of the feed whose marts grow
RELEASES = 4
ONCE, LONG_AGO = "2099-12-31", "2020-01-01"


def test_a_new_form_of_a_mart_needs_a_version_and_both_answer(
    region: LocalStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "dbt"
    shutil.copytree(DBT_DIR, project)
    for module in (build_plan, dbt_project):
        monkeypatch.setattr(module, "DBT_DIR", project)
    [model] = project.glob(f"models/marts/**/{MART}.sql")
    whole = model.read_text("utf-8")
    fewer = "".join(line for line in whole.splitlines(keepends=True) if f" as {DROPPED}," not in line)
    assert fewer != whole

    model.write_text(fewer, "utf-8")
    _describe(model, lambda said: said["columns"].remove(next(c for c in said["columns"] if c["name"] == DROPPED)))
    with pytest.raises(BuildFailed, match=f"{MART}: column {DROPPED} is gone"):
        make_release(region, "contract")

    model.write_text(whole, "utf-8")
    model.with_name(f"{MART}_v2.sql").write_text(fewer, "utf-8")
    shutil.copy(DBT_DIR / _yml(model).relative_to(project), _yml(model))
    _describe(model, lambda said: said.update(_two_versions()))
    make_release(region, "version")
    assert region.query(f"SELECT count(*) FROM {MART}") == region.query(f"SELECT count(*) FROM {MART}_v2")
    pins = manifest(region.store("analyst"), current(region)).marts
    columns = {mart: [column.name for column in pins[mart].columns] for mart in (MART, f"{MART}_v2")}
    assert columns[f"{MART}_v2"] == [name for name in columns[MART] if name != DROPPED]
    assert DROPPED in columns[MART]
    assert str(pins[MART].deprecated_until) == ONCE
    assert pins[f"{MART}_v2"].key == pins[MART].key == KEY


def test_releases_of_deliveries_in_random_order(region: LocalStack) -> None:
    """A reader sees whole, passed releases only; each figure that changed has its true cause; what grew is as if new.

    The hours that came stay, because nothing takes an hour back.
    """
    before = current(region)
    try:
        with reading(region) as seen:
            made = release_often(region, history(10, seed=39)[:RELEASES], defect_every=3)
        last = manifest(region.store("analyst"), current(region))
        for mart, built in rebuilt(region, last, MADE_OF[UBA]).items():
            assert (built.rows, built.checksum) == (last.marts[mart].rows, last.marts[mart].checksum)
    finally:
        region.restore(ESF_FILE, sample(ESF))
        assert region.run(ESF).failed == []
    assert seen.errors == []
    assert len(set(made.values())) == RELEASES and seen.reads > RELEASES
    assert {release: sums for release, sums in seen.sums.items() if release != before} == {
        release: {made[release]} for release in seen.sums if release != before
    }
    assert len(seen.sums) > RELEASES // 2


def _two_versions() -> dict[str, Any]:
    # the second one may be gone again when the next test builds
    first = {
        "v": 1,
        "defined_in": MART,
        "deprecation_date": ONCE,
        "config": {"alias": MART},
    }
    second = {"v": 2, "deprecation_date": LONG_AGO, "columns": [{"include": "all", "exclude": [DROPPED]}]}
    return {"latest_version": 1, "versions": [first, second]}


def _describe(model: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Changes what a yml says of a model."""
    said = yaml.safe_load(_yml(model).read_text("utf-8"))
    change(next(one for one in said["models"] if one["name"] == model.stem))
    _yml(model).write_text(yaml.safe_dump(said, sort_keys=False), "utf-8")


def _yml(model: Path) -> Path:
    [path] = [path for path in model.parent.glob("*.yml") if f"name: {model.stem}\n" in path.read_text("utf-8")]
    return path
