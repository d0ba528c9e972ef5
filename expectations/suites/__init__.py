"""Suites: generic ones built from `source.yml`, and custom ones where a person thought of a rule.

A custom suite is a module in `silver/` named like its feed, with a function `expectations(owner)` that returns Great
Expectations expectations. Severity `critical` stops, `warning` is recorded. What must hold of a mart's content stands
in dbt, beside the model; where two feeds state the same, in `reconciliation`.
"""

from __future__ import annotations

import importlib
import importlib.util

import great_expectations.expectations as gxe


def custom_suite(feed: str, owner: str) -> list[gxe.Expectation]:
    """Expectations of the custom suite of a feed, or none if nobody wrote one."""
    module = f"expectations.suites.silver.{feed}"
    if importlib.util.find_spec(module) is None:
        return []
    found: list[gxe.Expectation] = importlib.import_module(module).expectations(owner)
    return found
