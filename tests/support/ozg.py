"""Random reports and dashboards of online services, and the views on which the marts' SQL runs."""

from __future__ import annotations

import datetime as dt
import json
import random
from typing import NamedTuple

from pyspark.sql import SparkSession

from lakehouse.administrations import ADMINISTRATIONS, KREIS

REGION = KREIS[:5]
CITIES = [ags for ags in ADMINISTRATIONS if ags != KREIS]
INHABITANTS = {ags: 25_000 + 1_717 * place for place, ags in enumerate(CITIES)}
SERVICES = [f"99{number:012}" for number in range(1, 9)]
# two services have no bundle, two share one
BUNDLES = dict(zip(SERVICES, ["10001", "10001", "10002", "10003", None, None, "10004", "10005"], strict=True))
MATRICES = 32
PERIODS = [f"{2010 + number // 2}-H{1 + number % 2}" for number in range(MATRICES)]
VIEWS = {
    "vest__ozg_self_report": "ozg_reports",
    "ozg_dashboard__service_status": "ozg_dashboard",
    "dim_municipality": "ozg_cities",
    "dim_service": "ozg_services",
}
LEVELS = {"federation": 0, "state": 2, "government_region": 3, "district": 5, "association": 9, "municipality": 12}


class Report(NamedTuple):
    """A row of a self-report, as silver has it."""

    ags: str
    period: str
    leika_key: str
    service_name: str
    as_of_date: dt.date
    responsible: bool
    online: bool
    online_url: str | None
    maturity_model: str | None
    maturity: int | None
    processed_digitally: bool
    portal: str | None
    software_product: str | None
    software_shared_with: str | None
    fictitious: bool


class Status(NamedTuple):
    """A row of the dashboard, as silver has it."""

    leika_key: str
    leika_name: str
    leika_designation: str
    ars: str
    ars_level: str
    ozg_id: str | None
    ozg_name: str | None
    url: str
    online: bool
    active: bool | None
    coverage_kind: str
    received_at: dt.datetime


def reported(drawn: random.Random, ags: str, period: str, leika_key: str, online_share: float) -> Report:
    """What one administration says of a service."""
    responsible = drawn.random() < (0.3 if ags == KREIS else 0.9)
    online = responsible and drawn.random() < online_share
    model = drawn.choice(["1.1", "2.0", None])
    return Report(
        ags,
        period,
        leika_key,
        f"Service {leika_key}",
        dt.date(int(period[:4]), 6 if period.endswith("1") else 12, drawn.randint(1, 30)),
        responsible,
        online,
        f"https://{ags}.example/{leika_key}" if online else None,
        model,
        None if model is None else drawn.randint(0, 4 if model == "1.1" else 7),
        drawn.random() < 0.5,
        drawn.choice(["own_portal", "wsp_nrw"]) if online else None,
        drawn.choice(["Alpha", "Beta", None]),
        json.dumps([drawn.choice(CITIES)]) if drawn.random() < 0.3 else None,
        drawn.random() < 0.02,
    )


def matrices() -> list[Report]:
    """Full and ragged ones: cities that did not report, rows that are not there, services nearly everywhere."""
    drawn = random.Random(12)
    rows = []
    for period in PERIODS:
        silent = set(drawn.sample(list(ADMINISTRATIONS), drawn.choice([0, 0, 0, 1, 4])))
        told = drawn.choice([1, 1, 0.8])
        shares = {service: drawn.choice([0, 0.5, 0.9, 0.95, 1]) for service in SERVICES}
        for service in drawn.sample(SERVICES, drawn.randint(1, len(SERVICES))):
            rows += [
                reported(drawn, ags, period, service, shares[service])
                for ags in ADMINISTRATIONS
                if ags not in silent and drawn.random() < told
            ]
    return rows


def ars(ags: str) -> str:
    """The ARS of a city or of the Kreis."""
    return f"{KREIS[:5]}0{ags[5:]:0>3}{ags[5:]}" if ags != KREIS else f"{REGION}0000000"


def statuses() -> list[Status]:
    """A dashboard with rows of every level, inactive ones and such as the operator leaves out."""
    drawn = random.Random(13)
    rows = []
    for service in SERVICES[2:]:
        for number in range(drawn.choice([1, 3, 9, 14])):
            level = drawn.choice(["municipality"] * 12 + list(LEVELS))
            place = ars(drawn.choice(CITIES))[: LEVELS[level]].ljust(12, "0")
            rows.append(
                Status(
                    service,
                    "name",
                    "designation",
                    place,
                    level,
                    "10009" if BUNDLES[service] is None else None,
                    "bundle",
                    f"https://{number}.example",
                    drawn.random() < 0.7,
                    drawn.choice([True, True, True, False, None]),
                    drawn.choice(["kreisweit flächendeckend"] * 4 + ["nicht in Auswertung berücksichtigt"]),
                    dt.datetime(2030, 6, 30, 21, 59, number),
                )
            )
    everywhere = Status(
        SERVICES[1],
        "name",
        "designation",
        "",
        "municipality",
        None,
        None,
        "https://all.example",
        True,
        True,
        "",
        dt.datetime(2030, 1, 5),
    )
    # 10 of 10 cities by their own rows, and 9 of 10
    rows += [everywhere._replace(ars=ars(ags)) for ags in CITIES]
    rows += [everywhere._replace(leika_key=SERVICES[0], ars=ars(ags)) for ags in CITIES[1:]]
    return rows


def by_hand() -> list[Report]:
    """One service in nine of ten cities, in ten, in nine while one says nothing, in all nine that are responsible."""
    service = reported(random.Random(1), CITIES[0], "2000-H1", SERVICES[0], 1)
    base = service._replace(responsible=True, online=True, portal="wsp_nrw")
    nine = [base._replace(ags=ags) for ags in CITIES[1:]]
    return [
        *(base._replace(ags=ags, online=ags != CITIES[3]) for ags in CITIES),
        *(base._replace(ags=ags, period="2000-H2") for ags in CITIES),
        *(row._replace(period="2001-H1") for row in nine),
        *(row._replace(period="2001-H2") for row in nine),
        base._replace(ags=CITIES[0], period="2001-H2", responsible=False, online=False),
    ]


REPORTS, STATUSES = [*matrices(), *by_hand()], statuses()


def fill_views(spark: SparkSession) -> None:
    """Makes the views of VIEWS."""
    spark.createDataFrame(
        REPORTS,
        "ags string, period string, leika_key string, service_name string, as_of_date date, responsible boolean, "
        "online boolean, online_url string, maturity_model string, maturity int, processed_digitally boolean, "
        "portal string, software_product string, software_shared_with string, fictitious boolean",
    ).createOrReplaceTempView("ozg_reports")
    spark.createDataFrame(
        STATUSES,
        "leika_key string, leika_name string, leika_designation string, ars string, ars_level string, ozg_id string, "
        "ozg_name string, url string, online boolean, active boolean, coverage_kind string, _ingested_at timestamp",
    ).createOrReplaceTempView("ozg_dashboard")
    cities = [(ags, ars(ags), ADMINISTRATIONS[ags], True, True, INHABITANTS[ags]) for ags in CITIES]
    spark.createDataFrame(
        [*cities, ("05515000", "055150000000", "Münster", False, True, 320_000)],
        "ags string, ars string, name string, is_vest boolean, is_current boolean, inhabitants bigint",
    ).createOrReplaceTempView("ozg_cities")
    services = [(key, f"Service {key}", bundle) for key, bundle in BUNDLES.items()]
    spark.createDataFrame(services, "leika_key string, service_name string, ozg_id string").createOrReplaceTempView(
        "ozg_services"
    )
