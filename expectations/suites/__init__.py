"""Suites: generic ones built from `source.yml`, and own ones where a person thought of a rule.

An own suite is a module named like its table, in `silver/` (a feed id) or `marts/` (a model), with a function
`expectations()` that returns Great Expectations expectations. Severity `critical` stops, `warning` is recorded.
"""

from __future__ import annotations

import importlib
import importlib.util

import great_expectations.expectations as gxe


def custom_suite(layer: str, name: str) -> list[gxe.Expectation]:
    """Expectations of the own suite of a table, or none if nobody wrote one."""
    module = f"expectations.suites.{layer}.{name}"
    if importlib.util.find_spec(module) is None:
        return []
    found: list[gxe.Expectation] = importlib.import_module(module).expectations()
    return found
