"""How sources and administrations deliver, on random histories: against plain Python that knows no SQL."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pyspark.sql import SparkSession

from lakehouse.administrations import ADMINISTRATIONS
from lakehouse.lake.deliveries import REASONS
from tests.support.delivered import BEGIN, COUNTS, SOURCES, TABLES, WORKBOOKS, Rows, history, mart

NEVER = dt.timedelta(days=100_000)


def local(moment: dt.datetime) -> dt.date:
    return moment.astimezone(ZoneInfo("Europe/Berlin")).date()


def utc(moment: dt.datetime | None) -> dt.datetime | None:
    # Spark gives local times of this process without a zone
    return None if moment is None else moment.astimezone(dt.UTC)


def counted(rows: Iterable[dict[str, Any]], name: str) -> int:
    return sum(row.get(name) or 0 for row in rows)


def last_runs(rows: Rows) -> Rows:
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: row["recorded_at"]):
        newest[row["feed"], row["delivery"]] = row
    return list(newest.values())


def share(part: int, whole: int) -> Any:
    return pytest.approx(100 * part / whole, abs=0.0051) if whole else None


def health(feed: str, rows: Rows, as_of: dt.datetime) -> dict[dt.date, dict[str, Any]]:
    """What is said of one feed, by month."""
    rows = sorted(rows, key=lambda row: (row["published_at"], row["delivery"]))
    promise = SOURCES[feed].health if feed in SOURCES else None
    counts = [row for row in rows if row["outcome"] in ("committed", "partly")]
    due = dt.timedelta(days=promise.cadence_days + promise.grace_days) if promise else None
    found: dict[dt.date, dict[str, Any]] = {}
    refused_before: float | None = None
    for month in sorted({local(row["published_at"]).replace(day=1) for row in rows} or {local(as_of).replace(day=1)}):
        own = [row for row in rows if local(row["published_at"]).replace(day=1) == month]
        so_far = [row for row in counts if local(row["published_at"]).replace(day=1) <= month]
        late = []
        for row in counts:
            following = [other["published_at"] for other in counts if counts.index(other) > counts.index(row)]
            over = (following[0] if following else as_of) - row["published_at"] - (due or NEVER)
            if row in own and over > dt.timedelta(0):
                late.append(over)
        read, refused = counted(own, "read"), counted(own, "quarantined")
        refused_pct = 100 * refused / read if read else None
        deadline = so_far[-1]["published_at"] + due if so_far and due else None
        outcomes = [row["outcome"] for row in own]
        found[month] = {
            "outcomes": [outcomes.count(name) for name in ("committed", "partly", "rejected", "withdrawn")],
            "reasons": sorted({row["reason"] for row in own if row["reason"]}),
            "rejected": next((row["delivery"] for row in reversed(own) if row["reason"]), None),
            "accepted": so_far[-1]["published_at"] if so_far else None,
            "deadline": deadline,
            "late": (len(late), sum(int(over.total_seconds()) // 3600 for over in late)),
            "rows": [counted(own, name) for name in COUNTS],
            "complete": share(counted(own, "taken"), read - counted(own, "filtered") - counted(own, "duplicate")),
            "refused": share(refused, read),
            "change": None
            if refused_pct is None or refused_before is None
            else pytest.approx(refused_pct - refused_before, abs=0.016),
            "is_late": False,
        }
        refused_before = refused_before if refused_pct is None else refused_pct
    newest = max(found)
    found[newest]["is_late"] = found[newest]["deadline"] is not None and found[newest]["deadline"] < as_of
    return found


@pytest.mark.parametrize("seed", [12, 2022037])
def test_every_feed_is_told_of_month_by_month(spark: SparkSession, seed: int) -> None:
    rows = history(seed)
    as_of, known = max(row["fetched_at"] for row in rows), last_runs(rows)
    by_feed = {feed: [row for row in known if row["feed"] == feed] for feed in {*SOURCES, *(r["feed"] for r in rows)}}
    expected = {
        (feed, month): said for feed, own in by_feed.items() for month, said in health(feed, own, as_of).items()
    }
    assert sum(said["late"][0] for said in expected.values()) > 10 and any(
        said["is_late"] for said in expected.values()
    )
    found = {(row["feed"], row["month"]): row for row in mart(spark, "mart_source_health", rows)}
    assert set(found) == set(expected)
    for key, said in expected.items():
        row = found[key]
        names = ("deliveries_taken", "deliveries_partly_taken", "deliveries_rejected", "deliveries_withdrawn")
        assert {
            "outcomes": [row[name] for name in names],
            "reasons": row["rejection_reasons"],
            "rejected": row["last_rejected_delivery"],
            "accepted": utc(row["last_accepted_at"]),
            "deadline": utc(row["deadline"]),
            "late": (row["times_late"], row["hours_late"]),
            "rows": [row[f"rows_{name}"] for name in ("read", "taken", "refused", "duplicate", "filtered")],
            "complete": row["complete_pct"],
            "refused": row["refused_pct"],
            "change": row["refused_change_pct"],
            "is_late": row["is_late"],
        } == said, key
        assert (row["deliveries"], utc(row["as_of_at"])) == (sum(said["outcomes"]), as_of)
        assert row["is_latest"] == (key[1] == max(month for feed, month in expected if feed == key[0]))


def score(rows: Rows, due_on: dt.date, as_of: dt.date) -> dict[str, Any]:
    """What is said of one administration, workbook and period."""
    sent: dict[tuple[dt.datetime, str], Rows] = defaultdict(list)
    for row in rows:
        sent[row["published_at"], row["delivery"]].append(row)
    ordered = [sent[key] for key in sorted(sent)]
    refused = [one for one in ordered if one[0]["outcome"] == "rejected"]
    settled = [one for one in ordered if one[0]["outcome"] != "rejected"]
    taken = [one for one in settled if one[0]["outcome"] != "withdrawn"]
    counts = settled[-1] if settled and settled[-1] in taken else []
    rejected_at_last = bool(ordered) and ordered[-1] in refused
    good, waiting = counted(counts, "taken"), counted(counts, "quarantined")
    first = local(taken[0][0]["published_at"]) if taken else None
    return {
        "delivered": bool(counts),
        "first": first,
        "on_time": first is not None and first <= due_on,
        "days_late": max(((first or as_of) - due_on).days, 0),
        "attempts": (len(refused) + len(taken), len(refused)),
        "last": local(ordered[-1][0]["published_at"]) if ordered else None,
        "reason": ordered[-1][0]["reason"] if rejected_at_last else None,
        "rows": (good, waiting),
        "complete": 0 if not counts else share(good, good + waiting) if good + waiting else 100,
        "waits_for": "nobody" if counts and not waiting and not rejected_at_last else "administration",
    }


@pytest.mark.parametrize("seed", [12, 2022037])
def test_every_administration_is_told_of_for_every_period_that_was_due(spark: SparkSession, seed: int) -> None:
    rows = history(seed)
    as_of, known = local(max(row["fetched_at"] for row in rows)), last_runs(rows)
    expected = {}
    for workbook, fetch in WORKBOOKS.items():
        for period in [period for period in fetch.periods(as_of) if fetch.due(period) < as_of]:
            for ags in ADMINISTRATIONS:
                own = [r for r in known if (r["parent"], r["sender"], r["period"]) == (workbook, ags, period)]
                expected[ags, workbook, period] = score(own, fetch.due(period), as_of)
    kinds = {
        (said["delivered"], said["waits_for"], bool(said["reason"]), said["on_time"]) for said in expected.values()
    }
    assert len(kinds) >= 8
    found = {(row["ags"], row["workbook"], row["period"]): row for row in mart(spark, "mart_supplier_scorecard", rows)}
    assert set(found) == set(expected)
    for key, said in expected.items():
        row = found[key]
        assert {
            "delivered": row["is_delivered"],
            "first": row["first_taken_on"],
            "on_time": row["is_on_time"],
            "days_late": row["days_late"],
            "attempts": (row["attempts"], row["attempts_refused"]),
            "last": row["last_sent_on"],
            "reason": row["last_refusal_reason"],
            "rows": (row["rows_taken"], row["rows_waiting"]),
            "complete": row["complete_pct"],
            "waits_for": row["waits_for"],
        } == said, key
        assert (row["name"], row["as_of_date"], row["fictitious"]) == (ADMINISTRATIONS[key[0]], as_of, True)
        assert (row["due_on"], row["name"] in row["waits_for_de"]) == (WORKBOOKS[key[1]].due(key[2]), True)
        assert said["reason"] is None or REASONS[said["reason"]] in row["waits_for_de"]
        before = [period for ags, workbook, period in found if (ags, workbook) == key[:2] and period < key[2]]
        change = row["complete_pct"] - found[*key[:2], max(before)]["complete_pct"] if before else None
        assert row["complete_change_pct"] == (change if change is None else pytest.approx(change, abs=0.0051))


def test_before_anything_was_written_down_nothing_is_said(spark: SparkSession) -> None:
    assert mart(spark, "mart_source_health", []) == mart(spark, "mart_supplier_scorecard", []) == []


def test_who_is_waited_for_is_said_in_german(spark: SparkSession) -> None:
    """The sentences one by one, on 2 March 2026, for the year 2025 of a workbook of two tables."""
    workbook = "vest__leuchttuerme"

    def sent(number: int, ags: str, outcome: str, *counts: tuple[int, int], reason: str | None = None) -> Rows:
        at = dt.datetime(2026, 2, number, 11, tzinfo=dt.UTC)
        return [
            {
                "feed": feed, "parent": workbook, "delivery": f"d{number}", "run_id": "r", "sender": ags,
                "period": "2025", "published_at": at, "fetched_at": at, "outcome": outcome, "reason": reason,
                "read": taken + waiting, "taken": taken, "quarantined": waiting, "recorded_at": at,
            }
            for feed, (taken, waiting) in zip(TABLES[workbook], counts, strict=True)
        ]  # fmt: skip

    [reason, *_] = REASONS
    names = {name: ags for ags, name in ADMINISTRATIONS.items()}
    rows = [
        *sent(1, names["Marl"], "committed", (3, 0), (2, 0)),
        *sent(2, names["Herten"], "partly", (3, 1), (2, 0)),
        *sent(3, names["Dorsten"], "partly", (3, 1), (2, 2)),
        *sent(4, names["Datteln"], "rejected", (0, 0), (0, 0), reason=reason),
        *sent(5, names["Waltrop"], "committed", (1, 0), (0, 0)),
        *sent(6, names["Waltrop"], "rejected", (0, 0), (0, 0), reason=reason),
        *sent(7, names["Gladbeck"], "committed", (1, 0), (0, 0)),
        *sent(8, names["Gladbeck"], "withdrawn", (0, 0), (0, 0)),
        *sent(9, names["Haltern am See"], "committed", (0, 0), (0, 0)),
        {"feed": "dwd__station", "parent": "dwd__station", "delivery": "d0", "run_id": "r", "sender": "", "period": "",
         "published_at": BEGIN, "fetched_at": dt.datetime(2026, 3, 2, 3, tzinfo=dt.UTC), "outcome": "committed",
         "recorded_at": BEGIN},
    ]  # fmt: skip
    said = {
        row["name"]: row["waits_for_de"]
        for row in mart(spark, "mart_supplier_scorecard", rows)
        if (row["workbook"], row["period"]) == (workbook, "2025")
    }
    assert {name: said[name] for name in [*names][1:7]} | {"Waltrop": said["Waltrop"], "Marl": said["Marl"]} == {
        "Castrop-Rauxel": "Castrop-Rauxel hat noch nichts geliefert; fällig war es am 01.03.2026.",
        "Datteln": f"Die letzte Datei aus Datteln wurde abgelehnt: {REASONS[reason]}. Bisher zählt nichts.",
        "Dorsten": "3 von 8 Zeilen aus Dorsten warten auf eine korrigierte Datei.",
        "Gladbeck": "Gladbeck hat die Lieferung zurückgezogen, und eine neue fehlt.",
        "Haltern am See": "Haltern am See hat gemeldet, dass es nichts zu berichten gibt.",
        "Herten": "1 von 6 Zeilen aus Herten wartet auf eine korrigierte Datei.",
        "Waltrop": f"Die letzte Datei aus Waltrop wurde abgelehnt: {REASONS[reason]}. Es gilt weiter die vorige.",
        "Marl": "Alle Zeilen aus Marl sind übernommen.",
    }
