"""Fixtures of the open-data tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.unit.opendata.house import House


@pytest.fixture
def house() -> House:
    """A release with one dataset that may leave and one without a licence; official shapes off."""
    return House()


@pytest.fixture(scope="session")
def shapes_dir() -> Path:
    """Folder with the official shapes."""
    checkout = Path(__file__).resolve().parents[3]
    shared = Path(os.environ.get("SMARTVEST_SHARED_DIR") or checkout.parent / "shared")
    folder = shared / "dcat_ap_de"
    if not folder.is_dir():
        message = f"the official shapes are not at {folder}: set SMARTVEST_SHARED_DIR"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return folder
