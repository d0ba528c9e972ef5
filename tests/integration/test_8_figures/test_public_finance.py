"""Amounts of public finance, recomputed from the files as they were served."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from decimal import Decimal

import pytest

from tests.integration.test_8_figures.region import Figures


def german(amount: str) -> Decimal:
    return Decimal(amount.replace(".", "").replace(",", "."))


def test_payments_are_the_totals_of_the_statistics(all_marts: Figures) -> None:
    [total] = [path for path in all_marts.file("it_nrw__municipal_payment") if path.stem.startswith("999")]
    stated = json.loads(total.read_text("utf-8"))["areas"]
    found: dict[str, dict[str, Decimal | None]] = defaultdict(dict)
    for ags, direction, amount, unknown in all_marts.query(
        "SELECT ags, direction, sum(amount_eur), sum(items_unknown) FROM mart_public_finance "
        "WHERE source_feed = 'it_nrw__municipal_payment' GROUP BY ALL"
    ):
        found[ags]["6" if direction == "income" else "7"] = None if unknown else amount
    assert found
    for ags, by_account in found.items():
        for account, amount in by_account.items():
            expected = stated[ags][account]
            assert amount == (None if expected == "." else expected), (ags, account)


def test_the_budget_of_wesel_has_the_sums_of_its_last_line(all_marts: Figures) -> None:
    [path] = all_marts.file("wesel__budget")
    lines = list(csv.reader(path.read_text("latin-1").splitlines(), delimiter=";"))
    kinds = {"Ist": "actual", "Plan": "plan", "VE": "commitment"}
    columns = {tuple(name.split()): position for position, name in enumerate(lines[0]) if name.split()[0] in kinds}
    [totals] = [line for line in lines[1:] if not line[0]]
    stated = {
        (kinds[kind], int(year)): german(totals[position])
        for (kind, year), position in columns.items()
        if german(totals[position])
    }
    found = {
        (kind, year): deficit
        for kind, year, deficit in all_marts.query(
            "SELECT kind, year, sum(CASE direction WHEN 'income' THEN -amount_eur ELSE amount_eur END) "
            "FROM mart_public_finance WHERE source_feed = 'wesel__budget' GROUP BY ALL"
        )
    }
    assert found == stated and len(found) > 5


def test_amounts_per_inhabitant(all_marts: Figures) -> None:
    [areas] = [p for p in all_marts.file("it_nrw__payment_area") if p.parent.name.startswith("landkreise")]
    people = {area["key"]: area["population"] for area in json.loads(areas.read_text("utf-8"))["areas"]}
    rows = all_marts.query(
        "SELECT ags, amount_eur, amount_eur_per_inhabitant FROM mart_public_finance "
        "WHERE level = 'district' AND amount_eur IS NOT NULL"
    )
    assert rows
    for ags, amount, per_head in rows:
        assert float(per_head) == pytest.approx(float(amount) / people[ags], abs=0.0051)
