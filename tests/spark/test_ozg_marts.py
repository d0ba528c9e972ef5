"""The marts of online services against plain Python: random matrices of cities × services, one half-year each."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession

from lakehouse.administrations import ADMINISTRATIONS, KREIS
from tests.support.models import render
from tests.support.ozg import (
    BUNDLES,
    CITIES,
    INHABITANTS,
    LEVELS,
    PERIODS,
    REGION,
    REPORTS,
    SERVICES,
    STATUSES,
    VIEWS,
    Report,
    Status,
    ars,
    fill_views,
)

Share = tuple[str, int, int]


@pytest.fixture(scope="module")
def matrix(spark: SparkSession) -> SparkSession:
    fill_views(spark)
    return spark


@pytest.fixture(scope="module")
def progress(matrix: SparkSession) -> list[Row]:
    return rows_of(matrix, "mart_ozg_progress")


def rows_of(spark: SparkSession, model: str) -> list[Row]:
    return spark.sql(render(model, **VIEWS)).collect()


def percent(part: int, whole: int) -> float | None:
    if not whole:
        return None
    return float(Decimal(str(100 * part / whole)).quantize(Decimal("0.01"), ROUND_HALF_UP))


def seen_by_dashboard(service: str, ags: str) -> list[Status]:
    """Rows that count for an administration: its own and those of an area around it."""
    return [
        row
        for row in STATUSES
        if row.leika_key == service
        and row.active is not False
        and row.coverage_kind != "nicht in Auswertung berücksichtigt"
        and ars(ags)[: LEVELS[row.ars_level]] == row.ars[: LEVELS[row.ars_level]]
    ]


def own(rows: list[Status], ags: str) -> list[Status]:
    levels = {"district"} if ags == KREIS else {"association", "municipality"}
    return [row for row in rows if row.ars_level in levels]


def shares_of_offers(rows: list[Report]) -> list[Share]:
    due = [row for row in rows if row.responsible]
    old = [row.maturity or 0 for row in due if row.maturity_model == "1.1"]
    new = [row.maturity or 0 for row in due if row.maturity_model == "2.0"]
    online = [row for row in due if row.online]
    shares = [
        ("online", len(online), len(due)),
        ("online_only", sum(not row.processed_digitally for row in online), len(due)),
        ("online_and_processed", sum(row.processed_digitally for row in online), len(due)),
    ]
    if old:
        shares.append(("maturity_1_1_from_3", sum(stage >= 3 for stage in old), len(old)))
    if new:
        shares += [(f"maturity_2_0_from_{least}", sum(stage >= least for stage in new), len(new)) for least in (3, 4)]
    return shares


def shares_of_services(rows: list[Report]) -> list[Share]:
    told = {service: [row for row in rows if row.leika_key == service] for service in SERVICES}
    due = {service: [row for row in found if row.responsible] for service, found in told.items()}
    due = {service: found for service, found in due.items() if found}
    somewhere = {service for service, found in due.items() if any(row.online for row in found)}
    wherever = {service for service, found in due.items() if all(row.online for row in found)}
    everywhere = {service for service in wherever if {row.ags for row in told[service]} == set(CITIES)}
    flat = [row for found in due.values() for row in found]
    return [
        (
            "bundle_online_in_one_city",
            len({BUNDLES[s] for s in somewhere} - {None}),
            len({BUNDLES[s] for s in due} - {None}),
        ),
        ("online_in_one_city", len(somewhere), len(due)),
        ("online_where_responsible", len(wherever), len(due)),
        ("online_everywhere", len(everywhere), len(due)),
        (
            "online_by_inhabitants",
            sum(INHABITANTS[row.ags] for row in flat if row.online),
            sum(INHABITANTS[row.ags] for row in flat),
        ),
    ]


def progress_by_self_report() -> dict[tuple[str, ...], tuple[Any, ...]]:
    expected = {}
    for area in (*ADMINISTRATIONS, REGION):
        mine = [row for row in REPORTS if row.ags == area or (area == REGION and row.ags in CITIES)]
        for period in {row.period for row in mine}:
            rows = [row for row in mine if row.period == period]
            shares = shares_of_offers(rows) + (shares_of_services(rows) if area == REGION else [])
            for definition, part, whole in shares:
                expected[area, definition, "self_report", period] = (
                    part,
                    whole,
                    percent(part, whole),
                    len({row.ags for row in rows}),
                    max(row.as_of_date for row in rows),
                    period == max(row.period for row in mine),
                    any(row.fictitious for row in rows),
                )
    return expected


def progress_by_dashboard() -> dict[tuple[str, ...], tuple[Any, ...]]:
    seen = {(service, ags): seen_by_dashboard(service, ags) for service in SERVICES for ags in ADMINISTRATIONS}
    listed = [service for service in SERVICES if any(seen[service, ags] for ags in ADMINISTRATIONS)]
    online = {pair: any(row.online for row in rows) for pair, rows in seen.items()}
    somewhere = [service for service in listed if any(online[service, ags] for ags in CITIES)]
    bundle = {service: BUNDLES[service] or "10009" for service in SERVICES}
    served = [(service, ags) for service in listed for ags in CITIES]
    of_kreis = [service for service in listed if own(seen[service, KREIS], KREIS)]
    shares = {
        (REGION, "bundle_online_in_one_city"): (len({bundle[s] for s in somewhere}), len({bundle[s] for s in listed})),
        (REGION, "online_in_one_city"): (len(somewhere), len(listed)),
        (REGION, "online_everywhere"): (sum(all(online[s, ags] for ags in CITIES) for s in listed), len(listed)),
        (REGION, "online_by_inhabitants"): (
            sum(INHABITANTS[ags] for service, ags in served if online[service, ags]),
            sum(INHABITANTS[ags] for _, ags in served),
        ),
        (REGION, "online"): (sum(online[pair] for pair in served), len(served)),
        (KREIS, "online"): (sum(online[service, KREIS] for service in of_kreis), len(of_kreis)),
        **{(ags, "online"): (sum(online[s, ags] for s in listed), len(listed)) for ags in CITIES},
    }
    cities = {REGION: 10}
    return {
        (ags, definition, "dashboard", "2030-H1"): (
            part,
            whole,
            percent(part, whole),
            cities.get(ags, 1),
            dt.date(2030, 6, 30),
            True,
            False,
        )
        for (ags, definition), (part, whole) in shares.items()
        if whole
    }


def test_progress_is_that_of_plain_python_under_every_definition(progress: list[Row]) -> None:
    found = {
        (row.ags, row.definition, row.source, row.period): (
            row.numerator,
            row.denominator,
            row.pct,
            row.administrations_reporting,
            row.as_of_date,
            row.is_latest,
            row.fictitious,
        )
        for row in progress
    }
    assert len(found) == len(progress)
    assert found == progress_by_self_report() | progress_by_dashboard()
    for row in progress:
        place = {REGION: "district", KREIS: "district_administration"}.get(row.ags, "city")
        assert (row.level, row.name) == (place, ADMINISTRATIONS.get(row.ags, "Kreis Recklinghausen"))
        assert row.maturity_model == {"1_1": "1.1", "2_0": "2.0"}.get(row.definition[9:12])


def test_the_matrices_tell_the_definitions_apart() -> None:
    told = progress_by_self_report()
    definitions = ("online_in_one_city", "online_where_responsible", "online_everywhere")
    counts = [[told[REGION, code, "self_report", period][0] for code in definitions] for period in PERIODS]
    assert sum(one > some for one, some, _ in counts) > 10
    assert sum(some > all_ten for _, some, all_ten in counts) > 5
    assert sum(all_ten > 0 for *_, all_ten in counts) > 5


def test_nine_of_ten_cities_are_not_everywhere(progress: list[Row]) -> None:
    """By hand: nine of ten, ten, nine and one that says nothing, all nine that are responsible."""
    found = {(row.definition, row.period): row.pct for row in progress if row.ags == REGION}
    half_years = ["2000-H1", "2000-H2", "2001-H1", "2001-H2"]
    assert [found["online_everywhere", period] for period in half_years] == [0, 100, 0, 100]
    assert [found["online_where_responsible", period] for period in half_years] == [0, 100, 100, 100]
    assert [found["online_in_one_city", period] for period in half_years] == [100] * 4
    # cities have 25,000 + 1,717 × place inhabitants, together 327,265; the fourth lacks it
    assert found["online_by_inhabitants", "2000-H1"] == 90.79


def last_mile() -> dict[tuple[str, str], tuple[Any, ...]]:
    expected = {}
    for period in sorted({row.period for row in REPORTS}):
        for service in SERVICES:
            told = [r for r in REPORTS if (r.period, r.leika_key) == (period, service) and r.ags in CITIES]
            due = [row for row in told if row.responsible]
            lacking = sorted(row.ags for row in due if not row.online)
            having = [row for row in due if row.online]
            if not having or len(lacking) not in (1, 2):
                continue
            affected = sum(INHABITANTS[ags] for ags in lacking)
            expected[service, period] = (
                lacking,
                [ADMINISTRATIONS[ags] for ags in lacking],
                sorted(row.ags for row in having),
                len(due),
                10 - len(told),
                sorted({row.software_product for row in having if row.software_product}),
                sorted({row.portal for row in having if row.portal}),
                affected,
                percent(affected, sum(INHABITANTS[row.ags] for row in due)),
                any(row.fictitious for row in told),
            )
    return expected


def test_the_last_mile_is_that_of_plain_python(matrix: SparkSession) -> None:
    rows = rows_of(matrix, "mart_ozg_last_mile")
    found = {
        (row.leika_key, row.period): (
            row.missing_ags,
            row.missing_names,
            row.online_ags,
            row.cities_responsible,
            row.cities_silent,
            row.software_products,
            row.portals,
            row.inhabitants_affected,
            row.inhabitants_affected_pct,
            row.fictitious,
        )
        for row in rows
    }
    expected = last_mile()
    assert len(found) == len(rows) and found == expected
    assert {len(row[0]) for row in expected.values()} == {1, 2}
    assert all(row.is_latest == (row.period == max(r.period for r in REPORTS)) for row in rows)


def verdict(row: Report | None, seen: list[Status], ags: str) -> str:
    if row is None:
        return "not_reported"
    if not row.responsible:
        return "not_responsible" if any(status.online for status in own(seen, ags)) else "other_body"
    if not any(status.online for status in seen):
        return "both_offline" if not row.online else "only_self_report" if seen else "not_listed"
    return "both_online" if row.online else "only_dashboard"


def test_both_sources_are_compared_service_by_service(matrix: SparkSession) -> None:
    newest = {ags: max(row.period for row in REPORTS if row.ags == ags) for ags in ADMINISTRATIONS}
    reports = {(row.leika_key, row.ags): row for row in REPORTS if row.period == newest[row.ags]}
    expected = {}
    for service in SERVICES:
        for ags in ADMINISTRATIONS:
            seen, row = seen_by_dashboard(service, ags), reports.get((service, ags))
            if row or own(seen, ags):
                online = [LEVELS[status.ars_level] for status in seen if status.online]
                expected[service, ags] = (
                    verdict(row, seen, ags),
                    max(online, default=None),
                    row.online if row else None,
                    bool(online) if seen else None,
                )
    rows = rows_of(matrix, "mart_ozg_disagreement")
    found = {
        (row.leika_key, row.ags): (
            row.verdict,
            LEVELS.get(row.dashboard_online_level),
            row.self_report_online,
            row.dashboard_online,
        )
        for row in rows
    }
    assert len(found) == len(rows) and found == expected
    assert len({row[0] for row in expected.values()}) >= 7
