"""Which tests run with which marts, and how a failed one is told; without Spark and dbt."""

from __future__ import annotations

from typing import Any

import pytest

from lakehouse.lake import ops
from spark_jobs import marts as job

SENTENCE = "Jeder Baum steht genau einmal und hat eine Höhe."


def outcome(kind: str, node: str, status: str, message: str, sentence: str | None = None) -> dict[str, Any]:
    return {"kind": kind, "node": node, "status": status, "message": message, "sentence_de": sentence}


def test_a_failed_test_says_first_what_should_hold() -> None:
    results = [
        outcome("model", "mart_tree", "success", "OK"),
        outcome("test", "mart_tree_holds", "fail", "Got 2 results: height > 0: 2 rows of Marl", SENTENCE),
        outcome("test", "mart_tree_warns", "warn", "Got 1 result", "Das ist nur ein Hinweis."),
    ]
    with pytest.raises(job.TestFailed) as failed:
        job._judge(results)
    assert str(failed.value) == (
        "these dbt tests do not hold: test mart_tree_holds "
        "„Jeder Baum steht genau einmal und hat eine Höhe.“ (Got 2 results: height > 0: 2 rows of Marl)"
    )
    job._judge([results[0], results[2]])


def test_a_model_has_no_sentence() -> None:
    with pytest.raises(job.BuildFailed, match=r"^dbt could not build model mart_tree \(no such column\)$"):
        job._judge([outcome("model", "mart_tree", "error", "no such column")])


def test_a_test_runs_with_the_last_mart_that_it_reads() -> None:
    marts = {name: {"inputs": [name]} for name in ("small", "large")}
    few, many = job._parts(["small", "large"], marts, {"large": 1_000_000})
    tests = {
        "of_small": {"reads": ["small", "released"]},
        "of_both": {"reads": ["large", "small"]},
        "of_large": {"reads": ["large"]},
        "of_others": {"reads": ["released"]},
    }
    assert (few.tests(tests), many.tests(tests)) == (["of_small"], ["of_both", "of_large"])


def test_what_is_kept_of_a_node_has_a_column() -> None:
    assert {"run_id", *job.KEPT, "finished_at"} == set(ops.MODEL_RESULTS)
