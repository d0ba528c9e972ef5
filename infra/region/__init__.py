"""A made-up region that delivers: what eleven administrations put into their workbooks from 2022 to 2026.

The pact's own facts appear in it as facts; every other figure, title and sentence is invented.
"""

from __future__ import annotations

import importlib
import random
from types import MappingProxyType

from infra.region.facts import SEED, Row

# the module of each workbook
ENTITIES = MappingProxyType(
    {
        "lorawan__devices": "infra.region.devices",
        "vest__beteiligung": "infra.region.beteiligung",
        "vest__egov_check_bogen": "infra.region.egov_check_bogen",
        "vest__foerdermittel": "infra.region.foerdermittel",
        "vest__kompetenzen": "infra.region.kompetenzen",
        "vest__leuchttuerme": "infra.region.leuchttuerme",
        "vest__organisation": "infra.region.organisation",
        "vest__ozg": "infra.region.ozg",
        "vest__strategie": "infra.region.strategie",
    }
)


def rows_of(delivery: str, ags: str, period: str) -> dict[str, list[Row]]:
    """What one administration says in one workbook about one period, always the same.

    Args:
        delivery: id of the workbook, such as `vest__strategie`.
        ags: administration, by AGS.
        period: `2025` or `2025-H1`, as the delivery declares, from 2022 to 2026.

    Returns:
        by id of the table its rows as silver holds them, without `ags` and `period`: codes, not labels; lists for
        columns with many values; None for an empty cell.
    """
    drawn = random.Random(f"{SEED}/{delivery}/{ags}/{period}")
    rows: dict[str, list[Row]] = importlib.import_module(ENTITIES[delivery]).rows(drawn, ags, period)
    return rows
