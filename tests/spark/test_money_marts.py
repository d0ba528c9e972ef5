"""The funding marts on random ledgers, against the same said in plain Python: every amount and flag to the cent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

import pytest
import yaml
from pyspark.sql import SparkSession

from tests.support.ledgers import TYPES, Ledger, Row, drawn_ledger
from tests.support.models import DBT, render

KREIS = "05562000"
ADMINISTRATIONS = [KREIS, *(f"05562{number:03}" for number in range(100, 300))]
# two whole ledgers each, of which only the newer counts
PERIODS = ("2023", "2024")
AS_OF = "2024-12-31"
CENT = Decimal("0.01")
MARTS = ("mart_own_share", "mart_zire", "mart_funding_call", "mart_funding_ledger")
Key = tuple[Any, ...]
Found = dict[str, dict[Key, Row]]


def ledgers() -> dict[tuple[str, str], Ledger]:
    drawn = Random(12)
    return {(ags, period): drawn_ledger(drawn) for ags in ADMINISTRATIONS for period in PERIODS}


NEWEST = {ags: ledger for (ags, period), ledger in ledgers().items() if period == PERIODS[-1]}


@pytest.fixture(scope="module")
def found(spark: SparkSession) -> Found:
    """Rows of each mart by key, each with the rules of its `holds` that it breaks; one statement per mart."""
    drawn = ledgers()
    for table, types in TYPES.items():
        names = [column.split()[0] for column in re.sub(r"\(.*?\)", "", types).split(", ")]
        rows = [
            (ags, period, *(row.get(name) for name in names), True)
            for (ags, period), ledger in drawn.items()
            for row in ledger[table]
        ]
        schema = f"ags string, period string, {types}, fictitious boolean"
        spark.createDataFrame(rows, schema).createOrReplaceTempView(f"money_{table}")
    cities = [(ags, f"Stadt {ags}") for ags in ADMINISTRATIONS if ags != KREIS]
    spark.createDataFrame(cities, "ags string, name string").createOrReplaceTempView("money_cities")
    return {mart: judged(spark, mart) for mart in MARTS}


def judged(spark: SparkSession, mart: str) -> dict[Key, Row]:
    [path] = DBT.glob(f"models/marts/*/_{mart}.yml")
    [model] = yaml.safe_load(path.read_text("utf-8"))["models"]
    [holds] = [test["holds"]["arguments"] for test in model["data_tests"]]
    names = [column["name"] for column in model["columns"]]
    views = {table: f"money_{table}" for table in TYPES}
    sql = render(mart, dim_municipality="money_cities", **views)
    rules = [rule.replace("'", '"') for rule in holds["rules"]]
    broken = ", ".join(f"case when not coalesce({rule}, false) then '{rule}' end" for rule in rules)
    rows = spark.sql(f"select *, array_compact(array({broken})) as broken from ({sql})")
    collected = rows.collect()
    spark.createDataFrame(collected, rows.schema).createOrReplaceTempView(f"money_{mart}")
    assert rows.columns == [*names, "broken"]
    by_key = {tuple(row[name] for name in holds["key"]): row.asDict() for row in collected}
    assert len(by_key) == len(collected)
    return by_key


def total(rows: list[Row], amount: str) -> Decimal:
    return sum((row[amount] for row in rows), Decimal(0))


def of(rows: list[Row], **values: Any) -> list[Row]:
    return [row for row in rows if all(row[name] == value for name, value in values.items())]


def head(ags: str) -> Row:
    name = "Kreis Recklinghausen" if ags == KREIS else f"Stadt {ags}"
    return {"ags": ags, "name": name, "period": PERIODS[-1], "as_of_date": AS_OF, "fictitious": True}


def same(rows: dict[Key, Row], expected: dict[Key, Row]) -> None:
    """Every row is there and has the values expected; a date is written as text."""
    assert expected and set(rows) == set(expected)
    for key, row in expected.items():
        got = {name: str(rows[key][name]) if name == "as_of_date" else rows[key][name] for name in row}
        assert got == row, key


def broken_rules(rows: dict[Key, Row], expected: dict[str, Callable[[Row], bool]]) -> None:
    """Of the rules of `holds`, each row breaks those that the cents say, and no other; each is broken by some row."""
    for key, row in rows.items():
        assert set(row["broken"]) == {rule for rule, holds in expected.items() if not holds(row)}, key
    assert {rule for row in rows.values() for rule in row["broken"]} == set(expected)


def overlapping(ledger: Ledger, one: Row) -> list[Row]:
    """Approvals for the same undertaking at the same time, this one first."""
    asked = {row["application_id"]: row for row in ledger["vest__application"]}
    this = asked[one["application_id"]]
    others = []
    for other in ledger["vest__approval"]:
        that = asked[other["application_id"]]
        same_one = other["application_id"] == one["application_id"] or any(
            this[name] is not None and this[name] == that[name] for name in ("project_id", "measure")
        )
        days = min(one["ends_on"], other["ends_on"]) - max(one["begins_on"], other["begins_on"])
        revoked = "revoked" in (one["status"], other["status"])
        if other is not one and same_one and days.days >= 0 and not revoked:
            others.append(other)
    return [one, *others]


def reasons(approval: Row, group: list[Row], paid: list[Row], inside: list[Row]) -> list[str]:
    rate = approval["funding_rate_pct"] / 100
    eligible = min(total(inside, "cost_eur"), approval["eligible_cost_eur"])
    granted = total(paid, "grant_eur")
    checks = {
        "approved_above_rate": approval["approved_eur"] - approval["eligible_cost_eur"] * rate > 1,
        "grants_above_cost": total(group, "approved_eur") > max(row["eligible_cost_eur"] for row in group),
        "drawn_above_approved": granted > approval["approved_eur"],
        "drawn_above_rate": granted - eligible * rate > 1,
    }
    return [name for name, is_so in checks.items() if is_so]


def approval_row(ags: str, ledger: Ledger, approval: Row) -> Row:
    [asked] = of(ledger["vest__application"], application_id=approval["application_id"])
    [call] = of(ledger["vest__call"], call_id=asked["call_id"])
    paid = of(ledger["vest__payment"], approval_id=approval["approval_id"])
    inside = [row for row in paid if approval["begins_on"] <= row["performed_on"] <= approval["ends_on"]]
    group = overlapping(ledger, approval)
    found = reasons(approval, group, paid, inside)
    due, bound, given = (str(approval[day]) for day in ("proof_due_on", "purpose_bound_until", "proof_submitted_on"))
    return {
        **head(ags),
        **approval,
        **{name: asked[name] for name in ("title", "project_id", "measure", "call_id", "climate_note")},
        "participating_ags": json.loads(asked["participating_ags"] or "null"),
        **{name: call[name] for name in ("programme", "funding_source")},
        "is_period_over": str(approval["ends_on"]) < AS_OF,
        "payments": len(paid),
        "paid_cost_eur": total(paid, "cost_eur"),
        "paid_grant_eur": total(paid, "grant_eur"),
        "paid_own_share_eur": total(paid, "own_share_eur"),
        "paid_third_party_eur": total(paid, "third_party_eur"),
        "payments_outside_period": len(paid) - len(inside),
        "cost_outside_period_eur": total(paid, "cost_eur") - total(inside, "cost_eur"),
        "has_cost_outside_period": len(paid) > len(inside),
        "over_funding": found,
        "is_over_funded": found != [],
        "double_funded_with": sorted(row["approval_id"] for row in group[1:]),
        "is_double_funded": len(group) > 1,
        "overlapping_grants_eur": total(group, "approved_eur"),
        "is_purpose_bound": bound != "None" and bound >= AS_OF,
        "is_proof_overdue": due != "None" and due < AS_OF and (given == "None" or given > AS_OF),
    }


def test_the_ledger_knows_every_cent_and_flag(found: Found) -> None:
    expected = {
        (ags, approval["approval_id"]): approval_row(ags, ledger, approval)
        for ags, ledger in NEWEST.items()
        for approval in ledger["vest__approval"]
    }
    same(found["mart_funding_ledger"], expected)
    flags = ("has_cost_outside_period", "is_over_funded", "is_double_funded", "is_purpose_bound", "is_proof_overdue")
    assert all({row[flag] for row in expected.values()} == {True, False} for flag in flags), "every case is there"
    told = {reason for row in expected.values() for reason in row["over_funding"]}
    assert told == {"approved_above_rate", "grants_above_cost", "drawn_above_approved", "drawn_above_rate"}


def test_an_approval_that_misses_a_cent_breaks_its_identity(found: Found) -> None:
    broken_rules(
        found["mart_funding_ledger"],
        {
            "approved_eur = drawn_eur + open_eur + lapsed_eur": lambda row: (
                row["approved_eur"] - row["drawn_eur"] - row["open_eur"] == row["lapsed_eur"]
            ),
            "eligible_cost_eur = approved_eur + own_share_eur + third_party_eur": lambda row: (
                row["eligible_cost_eur"] - row["own_share_eur"] - row["third_party_eur"] == row["approved_eur"]
            ),
            "paid_cost_eur = paid_grant_eur + paid_own_share_eur + paid_third_party_eur": lambda row: (
                row["paid_cost_eur"] - row["paid_own_share_eur"] - row["paid_third_party_eur"] == row["paid_grant_eur"]
            ),
        },
    )


def test_approvals_that_differ_from_payments_or_own_shares_are_told(spark: SparkSession, found: Found) -> None:
    expected = set()
    for ags, ledger in NEWEST.items():
        for approval in ledger["vest__approval"]:
            paid = of(ledger["vest__payment"], approval_id=approval["approval_id"])
            shares = of(ledger["vest__own_share"], approval_id=approval["approval_id"])
            sums = (total(paid, "grant_eur"), total(shares, "planned_eur"), total(paid, "own_share_eur"))
            if sums != (approval["drawn_eur"], approval["own_share_eur"], total(shares, "spent_eur")):
                expected.add((head(ags)["name"], approval["approval_id"], sums[0], sums[1]))
    told = spark.sql(singular("mart_funding_ledger_balances")).collect()
    names = ("administration", "approval_id", "paid_grant_eur", "own_shares_planned_eur")
    assert len(told) == len(expected) > 5 and {tuple(row[name] for name in names) for row in told} == expected


def singular(name: str) -> str:
    sql = (DBT / "tests" / f"{name}.sql").read_text("utf-8")
    return re.sub(r"{{ ref\('(\w+)'\) }}", r"money_\1", re.sub(r"{{ config\(.*?\) }}", "", sql, flags=re.DOTALL))


def test_own_shares_are_planned_bound_spent_and_free(found: Found) -> None:
    expected = {}
    for ags, ledger in NEWEST.items():
        for share in ledger["vest__own_share"]:
            line = of(
                ledger["vest__budget_line"],
                budget_line_id=share["budget_line_id"],
                budget_year=share["budget_year"],
            )
            left = share["planned_eur"] - share["bound_eur"] - share["spent_eur"]
            pot = line[0]["programme"] if line else None
            expected[ags, share["own_share_id"]] = {**head(ags), **share, "free_eur": left, "budget_programme": pot}
    same(found["mart_own_share"], expected)
    broken_rules(
        found["mart_own_share"],
        {
            "planned_eur > 0": lambda row: row["planned_eur"] >= CENT,
            "free_eur >= 0": lambda row: row["bound_eur"] + row["spent_eur"] <= row["planned_eur"],
        },
    )


def test_budget_lines_know_what_own_shares_take_out_of_them(spark: SparkSession, found: Found) -> None:
    expected, unbalanced = {}, set()
    for ags, ledger in NEWEST.items():
        for line in ledger["vest__budget_line"]:
            key = {name: line[name] for name in ("budget_line_id", "budget_year")}
            shares = of(ledger["vest__own_share"], **key)
            used = {name: total(shares, name) for name in ("planned_eur", "bound_eur", "spent_eur")}
            spent = (
                (100 * line["spent_eur"] / line["planned_eur"]).quantize(CENT, ROUND_HALF_UP)
                if line["planned_eur"]
                else None
            )
            expected[ags, *key.values()] = {
                **head(ags),
                **line,
                "free_eur": line["planned_eur"] - line["bound_eur"] - line["spent_eur"],
                "spent_pct": spent,
                "own_shares": len(shares),
                **{f"own_share_{name}": amount for name, amount in used.items()},
            }
            others = [line[name] - used[name] for name in ("bound_eur", "spent_eur")]
            if min(others) < 0 or line["programme"] == "own_share_pool" and max(others) > 0:
                unbalanced.add((head(ags)["name"], *key.values(), line["bound_eur"], line["spent_eur"]))
    same(found["mart_zire"], expected)
    told = spark.sql(singular("mart_zire_balances_with_own_shares")).collect()
    names = ("administration", "budget_line_id", "budget_year", "bound_eur", "spent_eur")
    assert len(told) == len(unbalanced) > 5 and {tuple(row[name] for name in names) for row in told} == unbalanced


def test_calls_count_their_applications_once(found: Found) -> None:
    expected = {}
    for ags, ledger in NEWEST.items():
        for call in ledger["vest__call"]:
            asked = of(ledger["vest__application"], call_id=call["call_id"])
            submitted = [row for row in asked if row["submitted_on"]]
            count = {
                status: len(of(asked, status=status)) for status in ("approved", "rejected", "withdrawn", "submitted")
            }
            decided = count["approved"] + count["rejected"]
            ids = {row["application_id"] for row in asked}
            expected[ags, call["call_id"]] = {
                **head(ags),
                **call,
                "is_open": call["closes_on"] is None or str(call["closes_on"]) >= AS_OF,
                "application_count": len(asked),
                "submitted_count": len(submitted),
                "pending_count": count["submitted"],
                **{f"{name}_count": count[name] for name in ("approved", "rejected", "withdrawn")},
                "decided_count": decided,
                "success_pct": round(100 * count["approved"] / decided, 2) if decided else None,
                "requested_eur": total(submitted, "grant_requested_eur"),
                "approved_eur": total(
                    [a for a in ledger["vest__approval"] if a["application_id"] in ids], "approved_eur"
                ),
            }
    same(found["mart_funding_call"], expected)
    broken_rules(found["mart_funding_call"], {})
