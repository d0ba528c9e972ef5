"""Coverage and its gaps, counted again from the atlas's own tables and the list of municipalities."""

from __future__ import annotations

import csv
import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from tests.integration.test_8_figures.region import Figures

Shares = dict[tuple[str, int], Decimal]
ALL = re.compile(r"alle Technologien ≥ (\d+) Mbit/s")
KREIS = "05562"
EDITIONS = {"2018_ende": "2018-12-31", "2019_mitte": "2019-06-30", "2020_mitte": "2020-06-30"}
CENT = Decimal("0.01")


def people(all_marts: Figures) -> dict[str, int]:
    """Inhabitants of the ten cities."""
    (path,) = all_marts.file("gvisys__municipality")
    with path.open(encoding="utf-8-sig", newline="") as file:
        units = [row for row in csv.DictReader(file) if row["satzart"] == "60"]
    keyed = {row["land"] + row["rb"] + row["kreis"] + row["gemeinde"]: row["bevoelkerung"] for row in units}
    return {ags: int(count.replace(" ", "")) for ags, count in keyed.items() if ags.startswith(KREIS)}


def editions(all_marts: Figures) -> dict[str, Shares]:
    """Share of households by reference date, city and speed, by any technology, and of the Kreis."""
    inhabitants = people(all_marts)
    return {
        day: _shares(path, inhabitants)
        for path in all_marts.file("breitbandatlas__household_coverage")
        for edition, day in EDITIONS.items()
        if edition in path.name
    }


def _shares(path: Path, inhabitants: dict[str, int]) -> Shares:
    shares: Shares = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            if row["AGS"] in inhabitants:
                for column, text in row.items():
                    if speed := ALL.fullmatch(column or ""):
                        shares[row["AGS"], int(speed[1])] = Decimal(text)
    for speed in {speed for _, speed in shares}:
        weighed = sum(shares[ags, speed] * count for ags, count in inhabitants.items())
        shares[KREIS, speed] = (weighed / sum(inhabitants.values())).quantize(CENT, ROUND_HALF_UP)
    return shares


def test_share_of_cities_and_kreis(all_marts: Figures) -> None:
    found = all_marts.query(
        """select reference_date::varchar, ags, min_download_mbit_s, households_pct, weight_basis from mart_connectivity
        where technology = 'all' and reference_date > '2018-06-30'"""
    )
    expected = {
        (day, ags, speed): (share, "inhabitants 2019-12-31" if ags == KREIS else "none")
        for day, shares in editions(all_marts).items()
        for (ags, speed), share in shares.items()
    }
    assert {(day, ags, speed): (share, basis) for day, ags, speed, share, basis in found} == expected
    assert {day for day, *_ in expected} == set(EDITIONS.values())


def test_who_is_still_to_reach_and_since_when(all_marts: Figures) -> None:
    found = all_marts.query(
        """select reference_date::varchar, ags, min_download_mbit_s, missing_pct, inhabitants_to_reach_estimate,
            missing_change_points, compared_date::varchar
        from mart_connectivity_gap where technology = 'all' and reference_date > '2018-06-30'"""
    )
    inhabitants, shares = people(all_marts), editions(all_marts)
    assert len(found) == sum(map(len, shares.values())) > 0
    for day, ags, speed, missing, to_reach, change, compared in found:
        share = shares[day][ags, speed]
        assert missing == 100 - share
        left = {city: (count * (100 - shares[day][city, speed]) * CENT) for city, count in inhabitants.items()}
        whole = {city: int(part.quantize(Decimal(1), ROUND_HALF_UP)) for city, part in left.items()}
        assert to_reach == (sum(whole.values()) if ags == KREIS else whole[ags])
        # only mid 2019 and mid 2020 count alike
        comparable = day == "2020-06-30"
        assert compared == ("2019-06-30" if comparable else None)
        assert change == (shares["2019-06-30"][ags, speed] - share if comparable else None)


def test_mobile_coverage_of_the_land(all_marts: Figures) -> None:
    (path,) = all_marts.file("breitbandatlas__mobile_coverage")
    with path.open(encoding="utf-8", newline="") as file:
        delivered = [row for row in csv.DictReader(file, delimiter=";") if row["AGS"].startswith("05")]
    found = all_marts.query(
        """select ags, technology, area_kind, area_pct, name, generation, reference_date::varchar
        from mart_mobile_coverage"""
    )
    shares = {(ags, technology, kind): share for ags, technology, kind, share, *_ in found}
    own = {
        (row["Technologie"], row["Flaechenart"]): Decimal(row["Verfügbarkeit"])
        for row in delivered
        if row["AGS"] == KREIS
    }
    assert {(technology, kind): share for (ags, technology, kind), share in shares.items() if ags == KREIS} == own
    assert own and {name for ags, *_, name, _, _ in found if ags == KREIS} == {"Kreis Recklinghausen"}
    known = {(row["AGS"], row["Technologie"], row["Flaechenart"]): row["Verfügbarkeit"] for row in delivered}
    assert all(Decimal(known[key]) == share for key, share in shares.items())
    assert {generation for *_, generation, _ in found} <= {"5g", "lte", "any"}
    assert {day for *_, day in found} == {"2021-06-30"}
