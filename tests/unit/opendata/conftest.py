"""Fixtures of the open-data tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.opendata.house import House


@pytest.fixture
def house() -> House:
    """A release with one dataset that may leave and one without a licence; official shapes off."""
    return House()


@pytest.fixture(scope="session")
def shapes_dir(shared_dir: Path) -> Path:
    """Folder with the official shapes; the project's own checks need none."""
    return shared_dir / "dcat_ap_de"
