"""Key figures, recomputed from what the administrations delivered."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from lakehouse.administrations import KREIS
from tests.integration.test_8_figures.region import Figures

REGION = "05562"


def test_new_tasks_that_are_digital_by_default(all_marts: Figures) -> None:
    first: dict[tuple[str, str], dict[str, object]] = {}
    checks = all_marts.rows("vest__egov_check_bogen", "vest__egov_check")
    for check in sorted(checks, key=lambda row: (row["checked_on"], row["period"])):
        first.setdefault((check["ags"], check["task"]), check)
    parts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for check in first.values():
        for ags in {str(check["ags"])} | ({REGION} if check["ags"] != KREIS else set()):
            part = parts[ags, str(check["period"])]
            part[0] += check["result"] == "digital"
            part[1] += 1
    found = all_marts.query(
        "SELECT ags, period, numerator, denominator, value FROM mart_kpi WHERE kpi = 'digital_by_default'"
    )
    assert {(ags, period): [int(n), int(d)] for ags, period, n, d, _ in found} == parts
    assert all(value == round(Decimal(100) * n / d, 2) for *_, n, d, value in found)


def test_positions_that_are_filled(all_marts: Figures) -> None:
    parts: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for position in all_marts.rows("vest__organisation", "vest__position"):
        for ags in {position["ags"]} | ({REGION} if position["ags"] != KREIS else set()):
            parts[ags, position["period"]][0] += Decimal(str(position["filled_fte"]))
            parts[ags, position["period"]][1] += Decimal(str(position["planned_fte"]))
    found = all_marts.query("SELECT ags, period, numerator, denominator FROM mart_kpi WHERE kpi = 'positions_filled'")
    assert {(ags, period): [n, d] for ags, period, n, d in found} == parts


def test_every_definition_has_values_and_every_value_its_definition(all_marts: Figures) -> None:
    defined = all_marts.query("SELECT kpi, definition_version FROM mart_kpi_definition ORDER BY ALL")
    assert defined == all_marts.query("SELECT DISTINCT kpi, definition_version FROM mart_kpi ORDER BY ALL")
    of_region = all_marts.query("SELECT DISTINCT kpi FROM mart_kpi WHERE level = 'district' ORDER BY kpi")
    # a definition may have versions
    assert sorted({(kpi,) for kpi, _ in defined}) == of_region
