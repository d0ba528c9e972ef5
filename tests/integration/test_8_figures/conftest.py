"""The region with everything in it, once for all figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.region import Region
from tests.integration.test_8_figures.region import RUN, Figures, load_everything
from tests.support.built import make_release


@pytest.fixture(scope="session")
def all_marts(loaded: Region, shared_dir: Path) -> Figures:
    """Every mart, from the real files and the workbooks of the made-up region."""
    loaded.load_real(shared_dir)
    load_everything(loaded.stack, shared_dir / "data")
    make_release(loaded.stack, RUN)
    return Figures(loaded.stack)
