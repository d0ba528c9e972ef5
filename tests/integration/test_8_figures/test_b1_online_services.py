"""Online services counted again from the catalogue's tables, the dashboard's pages and what the region reported."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.integration.test_8_figures.region import Figures

Rows = list[dict[str, Any]]
KREIS = "05562000"
LEFT_OUT = "nicht in Auswertung berücksichtigt"
# how much of the ARS of a row names its area, the narrowest first
LEVELS = {12: "municipality", 9: "association", 5: "district", 3: "government_region", 2: "state", 0: "federation"}


def table(all_marts: Figures, feed: str) -> dict[str, dict[str, str]]:
    """A table of the OZG-Datenbank NRW by its id."""
    (path,) = all_marts.file(feed)
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{name: text.strip() for name, text in row.items()} for row in csv.DictReader(file, delimiter=";")]
    return {row["id"]: row for row in rows}


def reports(all_marts: Figures) -> Rows:
    return all_marts.rows("vest__ozg", "vest__ozg_self_report")


def by_service(rows: Rows) -> dict[tuple[str, str], Rows]:
    """What the ten cities say of each service and half-year."""
    found = defaultdict(list)
    for row in rows:
        if row["ags"] != KREIS:
            found[row["leika_key"], row["period"]].append(row)
    return found


def inhabitants(all_marts: Figures) -> dict[str, int]:
    (path,) = all_marts.file("gvisys__municipality")
    with path.open(encoding="utf-8-sig", newline="") as file:
        units = [row for row in csv.DictReader(file) if row["satzart"] == "60"]
    keyed = {row["land"] + row["rb"] + row["kreis"] + row["gemeinde"]: row["bevoelkerung"] for row in units}
    return {ags: int(count.replace(" ", "")) for ags, count in keyed.items() if ags.startswith("05562")}


def dashboard(all_marts: Figures) -> Rows:
    """Its rows without those that can be read in no way, and those that come twice with different words."""
    pages: list[Path] = all_marts.file("ozg_dashboard__service_status")
    rows = [row for page in pages for row in json.loads(page.read_text("utf-8"))["content"]]
    same = defaultdict(list)
    for row in rows:
        if (
            re.fullmatch(r"99\d{12}", str(row["leika_key"]))
            and re.fullmatch(r"\d{12}", str(row["ars"]))
            and row["url"]
            and row["online_status"] in ("ok", "nicht ok")
            and (
                row["art_flaechendeckung"].endswith(("flächendeckend", "verfügbar"))
                or row["art_flaechendeckung"] == LEFT_OUT
            )
        ):
            same[row["leika_key"], row["ars"], row["url"]].append(row)
    return [found[0] for found in same.values() if all(row == found[0] for row in found)]


def digits(ars: str) -> int:
    """How much of an ARS says where it is."""
    return next(length for length in (0, 2, 3, 5, 9, 12) if not ars[length:].strip("0"))


def covering(rows: Rows, ags: str) -> Rows:
    """Rows that count for people in a city, or for the Kreis."""
    ars = f"055620{ags[5:]}{ags[5:]}" if ags != KREIS else "055620000000"
    return [
        row
        for row in rows
        if row["aktiv"] != "nein"
        and row["art_flaechendeckung"] != LEFT_OUT
        and ars.startswith(row["ars"][: digits(row["ars"])])
    ]


def test_services_of_catalogue_dashboard_and_reports(all_marts: Figures) -> None:
    bundles, situations, subjects = (
        table(all_marts, f"ozg_nrw__{name}") for name in ("service_system", "situation", "subject")
    )
    catalogue = {
        service["service_key"]: (
            service["name"],
            bundle["service_key"] if bundle else None,
            subjects[situations[bundle["situation_id"]]["subject_id"]]["name"] if bundle else None,
        )
        for service in table(all_marts, "ozg_nrw__service").values()
        if re.fullmatch(r"99\d{12}", service["service_key"])
        for bundle in [bundles.get(service["service_system_id"])]
    }
    listed = {row["leika_key"]: row["ozgid"] for row in dashboard(all_marts)}
    reported = {row["leika_key"] for row in reports(all_marts)}
    found = {
        key: tuple(rest)
        for key, *rest in all_marts.query(
            """
            select leika_key, service_name, ozg_id, subject_name, is_in_catalogue, is_in_dashboard, is_in_self_report
            from dim_service
            """
        )
    }
    assert found.keys() == catalogue.keys() | listed.keys() | reported
    for key, (name, ozg_id, subject, *known) in found.items():
        assert known == [key in catalogue, key in listed, key in reported], key
        if key in catalogue:
            assert (name, subject) == (catalogue[key][0], catalogue[key][2]), key
        other = str(listed[key]) if listed.get(key) else None
        assert ozg_id == (catalogue.get(key, (None, None))[1] or other), key


def test_progress_of_the_reported_services(all_marts: Figures) -> None:
    people, rows = inhabitants(all_marts), reports(all_marts)
    expected: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])

    def count(ags: str, definition: str, period: str, part: int, whole: int) -> None:
        cell = expected[ags, definition, period]
        cell[0] += part
        cell[1] += whole

    for row in rows:
        if not row["responsible"]:
            continue
        for area in (row["ags"],) if row["ags"] == KREIS else (row["ags"], "05562"):
            count(area, "online", row["period"], row["online"], 1)
            count(area, "online_and_processed", row["period"], row["online"] and row["processed_digitally"], 1)
            if row["maturity_model"] == "1.1":
                count(area, "maturity_1_1_from_3", row["period"], row["maturity"] in (3, 4), 1)
            if row["maturity_model"] == "2.0":
                count(area, "maturity_2_0_from_3", row["period"], row["maturity"] in (3, 4, 5, 6, 7), 1)
                count(area, "maturity_2_0_from_4", row["period"], row["maturity"] in (4, 5, 6, 7), 1)
        if row["ags"] != KREIS:
            weight = people[row["ags"]]
            count("05562", "online_by_inhabitants", row["period"], weight if row["online"] else 0, weight)
    for (_, period), told in by_service(rows).items():
        due = [row["online"] for row in told if row["responsible"]]
        if due:
            count("05562", "online_in_one_city", period, any(due), 1)
            count("05562", "online_everywhere", period, all(due) and len(told) == 10, 1)
    found = {
        (ags, definition, period): [part, whole]
        for ags, definition, period, part, whole in all_marts.query(
            """
            select ags, definition, period, numerator, denominator
            from mart_ozg_progress
            where source = 'self_report'
                and definition not in ('online_only', 'online_where_responsible', 'bundle_online_in_one_city')
            """
        )
    }
    assert found == {key: [int(part), whole] for key, (part, whole) in expected.items()}


def test_progress_by_the_dashboard(all_marts: Figures) -> None:
    rows, cities = dashboard(all_marts), inhabitants(all_marts)
    keys = {row["leika_key"] for ags in (*cities, KREIS) for row in covering(rows, ags)}
    online = {ags: {row["leika_key"] for row in covering(rows, ags) if row["online_status"] == "ok"} for ags in cities}
    found = {
        (ags, definition): (part, whole)
        for ags, definition, part, whole in all_marts.query(
            "select ags, definition, numerator, denominator from mart_ozg_progress where source = 'dashboard'"
        )
    }
    assert found["05562", "online_in_one_city"] == (len(set().union(*online.values())), len(keys))
    assert found["05562", "online_everywhere"] == (len(set.intersection(*online.values())), len(keys))
    for ags, services in online.items():
        assert found[ags, "online"] == (len(services), len(keys)), ags


def test_last_mile_of_the_reported_services(all_marts: Figures) -> None:
    people, expected = inhabitants(all_marts), set()
    for (service, period), told in by_service(reports(all_marts)).items():
        having = sorted(row["ags"] for row in told if row["online"])
        lacking = sorted(row["ags"] for row in told if row["responsible"] and not row["online"])
        products = sorted({row["software_product"] for row in told if row["online"]} - {None})
        if having and len(lacking) in (1, 2):
            affected = sum(people[ags] for ags in lacking)
            expected.add((service, period, tuple(lacking), tuple(having), tuple(products), affected, True))
    found = all_marts.query(
        """
        select leika_key, period, missing_ags, online_ags, software_products, inhabitants_affected, fictitious
        from mart_ozg_last_mile
        """
    )
    assert expected
    assert {(*row[:2], *map(tuple, row[2:5]), *row[5:]) for row in found} == expected
    assert len(found) == len(expected)


def test_software_shared_and_doubled(all_marts: Figures) -> None:
    users: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
    partners: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
    for row in reports(all_marts):
        if row["responsible"] and row["software_product"]:
            tool = (row["leika_key"], row["period"], "product", row["software_product"])
            users[tool].add(row["ags"])
            partners[tool] |= {*(row["software_shared_with"] or [])}
        if row["portal"]:
            users[row["leika_key"], row["period"], "portal", row["portal"]].add(row["ags"])
    several: dict[tuple[str, ...], int] = defaultdict(int)
    for tool, who in users.items():
        several[tool[:3]] += len(who) if tool[3] == "own_portal" else 1
    expected = {
        (*tool, tuple(sorted(who)), tuple(sorted(partners[tool])), several[tool[:3]], several[tool[:3]] > 1)
        for tool, who in users.items()
    }
    found = all_marts.query(
        """
        select leika_key, period, kind, tool, users_ags, shared_with_ags, tools_for_service, is_doubled
        from mart_ozg_software
        """
    )
    assert {(*row[:4], tuple(row[4]), tuple(row[5]), *row[6:]) for row in found} == expected
    assert len(found) == len(expected)


def test_where_reports_and_dashboard_disagree(all_marts: Figures) -> None:
    rows, reported = dashboard(all_marts), reports(all_marts)
    newest = max(row["period"] for row in reported)
    latest = [row for row in reported if row["period"] == newest]
    seen = {ags: covering(rows, ags) for ags in {row["ags"] for row in latest}}
    expected = set()
    for row in latest:
        online = [s for s in seen[row["ags"]] if s["leika_key"] == row["leika_key"] and s["online_status"] == "ok"]
        level = LEVELS[max(digits(s["ars"]) for s in online)] if online else None
        expected.add((row["leika_key"], row["ags"], row["online"], level))
    found = all_marts.query(
        """
        select leika_key, ags, self_report_online, dashboard_online_level
        from mart_ozg_disagreement
        where verdict <> 'not_reported'
        """
    )
    assert sorted(found, key=str) == sorted(expected, key=str)
    [(both, only_dashboard)] = all_marts.query(
        """
        select count(*) filter (verdict = 'both_online'), count(*) filter (verdict = 'only_dashboard')
        from mart_ozg_disagreement
        """
    )
    due = {(row["leika_key"], row["ags"]) for row in latest if row["responsible"]}
    answers = [mine for key, ags, mine, level in expected if level and (key, ags) in due]
    assert (both, only_dashboard) == (sum(answers), len(answers) - sum(answers))
