"""Several editions of the list of municipalities: validity, names and weights, by the marts' SQL on made-up rows."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession

from tests.support.models import render

LIST = """record_type string, ars string, ags string, name string, area_km2 decimal(10,2), inhabitants bigint,
    inhabitants_male bigint, inhabitants_female bigint, postcode string, longitude decimal(9,6), latitude decimal(9,6),
    urbanisation_code string, urbanisation string, territorial_status_date date, inhabitants_date date"""
COVERAGE = """ags string, technology string, min_download_mbit_s int, reference_date date, households_pct decimal(5,2),
    definition_version string"""
# territorial status, date of the inhabitants, municipalities
EDITIONS: list[tuple[str, str, dict[str, tuple[str, int]]]] = [
    ("2018-12-31", "2017-12-31", {
        "05562004": ("Alpha, Stadt", 1000), "05562008": ("Beta, Stadt", 3000), "05562012": ("Gamma", 500),
        "05999001": ("Neustadt", 70), "05999002": ("Ost", 20), "05999004": ("Beta am See", 5),
    }),
    # renamed: the name was that of another, which is gone
    ("2019-12-31", "2018-12-31", {
        "05562004": ("Alpha, Stadt", 1100), "05562008": ("Beta am See, Stadt", 3300), "05562012": ("Gamma", 400),
        "05999001": ("Neustadt", 71), "05999002": ("Ost", 21),
    }),
    # Gamma went to Alpha, Delta is new
    ("2020-12-31", "2019-12-31", {
        "05562004": ("Alpha, Stadt", 1500), "05562008": ("Beta am See, Stadt", 2000), "05562099": ("Delta", 1300),
        "05999001": ("Neustadt", 72), "05999002": ("Ost", 22),
    }),
    # the same people within other borders: Neustadt and Ost became Neustadt
    ("2021-03-31", "2019-12-31", {
        "05562004": ("Alpha, Stadt", 1500), "05562008": ("Beta am See, Stadt", 2000), "05562099": ("Delta", 1300),
        "05999003": ("Neustadt", 94),
    }),
]  # fmt: skip
SHARES = {
    "2017-06-30": {"05562004": "50", "05562008": "70", "05562012": "90"},
    "2018-06-30": {"05562004": "51", "05562008": "71", "05562012": "90"},
    "2018-12-31": {"05562004": "52.5", "05562008": "72", "05562012": "90"},
    # one share is not there
    "2019-06-30": {"05562004": "53", "05562008": None, "05562012": "90"},
    "2020-06-30": {"05562004": "60", "05562008": "75", "05562099": "80"},
}
ATENE, BROADBAND, GVISYS = "atene__household_coverage", "breitbandatlas__household_coverage", "gvisys__municipality"


def listed(editions: list[tuple[str, str, dict[str, tuple[str, int]]]]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for status, counted, municipalities in editions:
        dates = dt.date.fromisoformat(status), dt.date.fromisoformat(counted)
        for ags, (name, people) in municipalities.items():
            figures = Decimal("2.50"), people, people // 3, people - people // 3
            rows.append(("60", f"{ags}000", ags, name, *figures, *[None] * 5, *dates))
        rows += [("40", "05562", "05562", "Vest", *[None] * 9, *dates)]
    return rows


def covered(shares: dict[str, dict[str, str | None]], version: str = "v1") -> list[tuple[Any, ...]]:
    return [
        (ags, "all", 50, dt.date.fromisoformat(day), None if share is None else Decimal(share), version)
        for day, cities in shares.items()
        for ags, share in cities.items()
    ]


def run(spark: SparkSession, model: str, municipalities: list[tuple[Any, ...]], coverage: list[Any]) -> list[Row]:
    frames = {GVISYS: (municipalities, LIST), ATENE: ([], COVERAGE), BROADBAND: (coverage, COVERAGE)}
    for name, (rows, types) in frames.items():
        spark.createDataFrame(rows, types).createOrReplaceTempView(f"editions_{name}")
    return spark.sql(render(model, **{name: f"editions_{name}" for name in frames})).collect()


def test_a_municipality_is_valid_between_editions(spark: SparkSession) -> None:
    found = {row.ags: row for row in run(spark, "dim_municipality", listed(EDITIONS), [])}
    validity = {ags: (str(row.valid_from), str(row.valid_until), row.is_current) for ags, row in found.items()}
    assert {ags: (found[ags].name, *valid) for ags, valid in validity.items()} == {
        "05562004": ("Alpha", "2018-12-31", "None", True),
        "05562008": ("Beta am See", "2018-12-31", "None", True),
        "05562012": ("Gamma", "2018-12-31", "2020-12-31", False),
        "05562099": ("Delta", "2020-12-31", "None", True),
        "05999001": ("Neustadt", "2018-12-31", "2021-03-31", False),
        "05999002": ("Ost", "2018-12-31", "2021-03-31", False),
        "05999003": ("Neustadt", "2021-03-31", "None", True),
        "05999004": ("Beta am See", "2018-12-31", "2019-12-31", False),
    }  # fmt: skip
    assert (found["05562012"].inhabitants, str(found["05562012"].inhabitants_date)) == (400, "2018-12-31")
    assert found["05562012"].is_vest and not found["05999003"].is_vest


def test_inhabitants_stay_as_the_first_edition_counts_them(spark: SparkSession) -> None:
    rows = run(spark, "fct_inhabitants", listed(EDITIONS), [])
    people = {(row.ags, str(row.inhabitants_date)): (row.inhabitants, row.is_additive) for row in rows}
    assert len(people) == len(rows)
    assert [people["05562", f"{year}-12-31"] for year in (2017, 2018, 2019)] == [(n, True) for n in (4500, 4800, 4800)]
    assert people["05999001", "2019-12-31"] == (72, True)
    assert people["05999003", "2019-12-31"] == (94, False), "counted in the two that it was made of"
    assert people["05999", "2019-12-31"] == (94, True)
    (kreis,) = (row for row in rows if row.ags == "05562" and row.inhabitants_date == dt.date(2017, 12, 31))
    assert (kreis.level, kreis.area_km2, kreis.inhabitants_male + kreis.inhabitants_female) == (
        "district", Decimal("7.50"), 4500
    )  # fmt: skip
    older = run(spark, "fct_inhabitants", listed(EDITIONS[:3]), [])
    assert set(older) <= set(rows), "a newer list changes no row"


def test_a_name_means_who_bears_it_now(spark: SparkSession) -> None:
    found = {(row.level, row.place): (row.ags, row.match_kind) for row in
             run(spark, "int_place__list_names", listed(EDITIONS), [])}  # fmt: skip
    assert found["municipality", "Beta am See"] == ("05562008", "exact"), "the one that bore it before is gone"
    assert found["municipality", "Beta"] == ("05562008", "former_name")
    assert found["municipality", "Gamma"] == ("05562012", "former_name")
    assert found["municipality", "Neustadt"] == ("05999003", "exact")
    assert found["kreis", "Vest"] == ("05562", "exact")
    # without the newest list two bear one name, of which an older one told only one
    twice = [*EDITIONS[:1], ("2019-12-31", "2018-12-31", {"05999005": ("Ost", 1), "05999006": ("Ost", 1)})]
    names = {row.place for row in run(spark, "int_place__list_names", listed(twice), [])}
    assert "Ost" not in names and "Gamma" in names
    # an alias that people decided on goes before a former name
    renamed = [("2000-12-31", "1999-12-31", {"05562016": ("Haltern, Stadt", 1)}),
               ("2020-12-31", "2019-12-31", {"05562016": ("Haltern am See, Stadt", 1)})]  # fmt: skip
    haltern = [row for row in run(spark, "int_place__list_names", listed(renamed), []) if row.place == "Haltern"]
    assert [(row.ags, row.match_kind) for row in haltern] == [("05562016", "official_alias")]


def test_the_kreis_is_weighed_by_the_people_of_the_time(spark: SparkSession) -> None:
    rows = run(spark, "mart_connectivity", listed(EDITIONS), covered(SHARES))
    kreis = {str(row.reference_date): (row.households_pct, row.weight_basis) for row in rows if row.level == "district"}
    assert kreis == {
        "2017-06-30": (Decimal("67.78"), "inhabitants 2017-12-31"),  # (50 * 1000 + 70 * 3000 + 90 * 500) / 4500
        "2018-06-30": (Decimal("68.67"), "inhabitants 2017-12-31"),
        "2018-12-31": (Decimal("69.03"), "inhabitants 2018-12-31"),  # (52.5 * 1100 + 72 * 3300 + 90 * 400) / 4800
        "2019-06-30": (None, "inhabitants 2018-12-31"),
        "2020-06-30": (Decimal("71.67"), "inhabitants 2019-12-31"),  # (60 * 1500 + 75 * 2000 + 80 * 1300) / 4800
    }
    assert {row.weight_basis for row in rows if row.level == "city"} == {"none"}
    assert len(rows) == 5 * 3 + 5, "Gamma until 2019, Delta since 2020"
    older = run(spark, "mart_connectivity", listed(EDITIONS[:2]), covered(SHARES))
    before = [row for row in older if row.reference_date < dt.date(2019, 12, 31)]
    assert sorted(map(str, before)) == sorted(str(row) for row in rows if row.reference_date < dt.date(2019, 12, 31))


@pytest.mark.parametrize("seed", range(3))
def test_gaps_of_random_editions(spark: SparkSession, seed: int) -> None:
    chance = random.Random(seed)
    cities = [f"0556200{n}" for n in range(5)]
    editions = [
        (
            f"{year}-12-31",
            f"{year - 1}-12-31",
            {ags: (ags, chance.randint(1, 9999)) for ags in chance.sample(cities, 4)},
        )
        for year in (2016, 2018, 2019)
    ]
    days = [f"{year}-{day}" for year in range(2014, 2020) for day in ("06-30", "12-31")]
    coverage = []
    versions = {day: chance.choice("ab") for day in days}
    for day in days:
        shares = {ags: chance.choice([None, *[f"{chance.randint(0, 10000) * 0.01:.2f}"] * 20]) for ags in cities}
        coverage += covered({day: shares}, versions[day])
    found = {
        (row.ags, str(row.reference_date)): row
        for row in run(spark, "mart_connectivity_gap", listed(editions), coverage)
    }
    share = {(ags, str(day)): pct for ags, _, _, day, pct, _ in coverage}
    expected = _gaps(editions, days, share)
    assert found.keys() == expected.keys()
    for key, (missing, to_reach, basis) in expected.items():
        row = found[key]
        assert (row.missing_pct is None) == (missing is None)
        assert missing is None or abs(row.missing_pct - missing) <= Decimal("0.005001"), key
        assert (row.inhabitants_to_reach_estimate, row.weight_basis) == (to_reach, f"inhabitants {basis}"), key
        before = max((day for ags, day in expected if ags == key[0] and day < key[1]), default=None)
        same = before is not None and versions[before] == versions[key[1]]
        assert str(row.compared_date) == (before if same else "None")
        if same and missing is not None and found[key[0], str(before)].missing_pct is not None:
            assert row.missing_change_points == row.missing_pct - found[key[0], str(before)].missing_pct
        else:
            assert row.missing_change_points is None


def _gaps(
    editions: list[tuple[str, str, dict[str, tuple[str, int]]]], days: list[str], share: dict[tuple[str, str], Any]
) -> dict[tuple[str, str], tuple[Decimal | None, int | None, str]]:
    """What is missing, how many are to reach and the weights' date, of each city and of the Kreis on each day."""
    gaps: dict[tuple[str, str], tuple[Decimal | None, int | None, str]] = {}
    for day in days:
        known = [edition for edition in editions if edition[1] <= day]
        _, basis, municipalities = known[-1] if known else editions[0]
        missing = {ags: None if share[ags, day] is None else 100 - share[ags, day] for ags in municipalities}
        people = {ags: count for ags, (_, count) in municipalities.items()}
        reach = {
            ags: None if gap is None else int(people[ags] * gap / 100 + Decimal("0.5")) for ags, gap in missing.items()
        }
        gaps |= {(ags, day): (missing[ags], reach[ags], basis) for ags in municipalities}
        if None in missing.values():
            gaps["05562", day] = None, None, basis
        else:
            total = sum(people[ags] * gap for ags, gap in missing.items() if gap is not None)
            reached = sum(count for count in reach.values() if count is not None)
            gaps["05562", day] = Decimal(total) / sum(people.values()), reached, basis
    return gaps
