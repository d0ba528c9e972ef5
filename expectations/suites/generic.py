"""The suites that every feed gets from its `source.yml`."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from functools import partial

import great_expectations.expectations as gxe

from expectations.suites.said import said
from lakehouse.spec.column import Column
from lakehouse.spec.source import Source
from lakehouse.spec.times import zone_info


def silver(source: Source) -> list[gxe.Expectation]:
    """What the valid rows of a batch must hold: key, required columns, declared sets and ranges.

    Rows that break a row rule are in quarantine already; this proves that none slipped through.
    """
    key = list(source.key_columns)
    titles = {column.name: f"„{column.title}“" for column in source.columns}
    meta = partial(said, source.owner)
    unique = meta(f"Jede Zeile ist an {', '.join(titles.get(name, name) for name in key)} zu erkennen.")
    found: list[gxe.Expectation] = [
        gxe.ExpectCompoundColumnsToBeUnique(column_list=key, meta=unique)
        if len(key) > 1
        else gxe.ExpectColumnValuesToBeUnique(column=key[0], meta=unique)
    ]
    required = {c.name for c in source.columns if c.required and c.silver} | set(source.key)
    found += [
        gxe.ExpectColumnValuesToNotBeNull(
            column=name, meta=meta(f"{titles.get(name, name)} ist in jeder Zeile angegeben.")
        )
        for name in sorted(required)
    ]
    for column in source.columns:
        if not column.silver or column.name in source.measured:
            continue
        if column.values is not None:
            known = meta(f"{titles[column.name]} hat nur vereinbarte Werte.")
            found.append(gxe.ExpectColumnValuesToBeInSet(column=column.name, value_set=column.values, meta=known))
        if column.minimum is not None or column.maximum is not None:
            found.append(_between(column, meta(f"{titles[column.name]} liegt im vereinbarten Bereich.")))
    return found


def _between(column: Column, meta: dict[str, str]) -> gxe.Expectation:
    least, most = column.minimum, column.maximum
    if column.type != "timestamp":
        return gxe.ExpectColumnValuesToBeBetween(column=column.name, min_value=least, max_value=most, meta=meta)
    zone = zone_info(column.zone)
    # the last day is within to its end
    least, behind = (
        dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC) if isinstance(day, dt.date) else None
        for day in (least, most + dt.timedelta(days=1) if isinstance(most, dt.date) else None)
    )
    return gxe.ExpectColumnValuesToBeBetween(
        column=column.name, min_value=least, max_value=behind, strict_max=True, meta=meta
    )


def delivery(
    source: Source, current_rows: int, batch_rows: int, found: Mapping[str, Mapping[str, list[str]]]
) -> list[gxe.Expectation]:
    """What a batch must look like as a whole, for the one-row frame `rows`, `quarantined` and the rules in `found`.

    Args:
        source: feed.
        current_rows: rows in silver that a snapshot batch replaces; 0 for an upsert, and where each delivery is judged
            by itself.
        batch_rows: rows that came in.
        found: values that are not as declared, by rule (`missing`, `strange`, `alike`, `shrunk`) and
            delivery.
    """
    bounds, meta = source.bounds, partial(said, source.owner)
    least = max(bounds.min_rows, math.ceil(current_rows * bounds.min_share_of_current))
    tolerated = bounds.tolerated_quarantined_records * source.rows_per_record
    most = max(tolerated, math.floor(batch_rows * bounds.max_quarantined_share))
    return [
        gxe.ExpectColumnValuesToBeBetween(
            column="rows",
            min_value=least,
            meta=meta(
                "Die Lieferung ist nicht viel kürzer als der Bestand, den sie ersetzt.",
                f"at least {least} rows ({bounds.min_share_of_current:.0%} of the {current_rows} in silver)",
            ),
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="quarantined",
            max_value=most,
            meta=meta(
                "Nur wenige Zeilen der Lieferung sind nicht lesbar.",
                f"at most {most} rows in quarantine ({bounds.max_quarantined_share:.0%})",
            ),
        ),
        *_values(source, found),
    ]


def _values(source: Source, found: Mapping[str, Mapping[str, list[str]]]) -> list[gxe.Expectation]:
    """What deliveries hold is what is declared; the rule itself says what is wrong, since only it is recorded."""
    rules = {}
    if source.expects is not None:
        column, count = source.expects.column, len(source.expects.values)
        severity = "critical" if source.expects.severity == "fail" else "warning"
        rules["missing"] = (
            f"every delivery holds the {count} expected values of {column}",
            "lacks",
            severity,
            "Jede Lieferung enthält alles, was vereinbart ist.",
        )
        if source.expects.only:
            rules["strange"] = (
                f"no delivery holds other values of {column}",
                "holds",
                severity,
                "Keine Lieferung enthält etwas, was nicht vereinbart ist.",
            )
    if source.scope is not None and source.scope.values is not None:
        column = source.scope.column
        rules["alike"] = (
            f"no value of {column} is left out for its form only",
            "has",
            "warning",
            "Nichts bleibt nur wegen seiner Schreibweise unberücksichtigt.",
        )
    if source.scope_columns:
        share = f"{source.bounds.min_share_of_current:.0%}"
        rules["shrunk"] = (
            f"no delivery has less than {share} of the rows that it replaces",
            "has",
            "critical",
            "Keine Lieferung hat viel weniger Zeilen als die, die sie ersetzt.",
        )
    return [
        gxe.ExpectColumnValuesToBeBetween(
            column=subject,
            max_value=0,
            severity=severity,
            meta=said(source.owner, sentence, rule + _but(verb, found[subject])),
        )
        for subject, (rule, verb, severity, sentence) in rules.items()
    ]


def _but(verb: str, found: Mapping[str, list[str]]) -> str:
    said = "; ".join(f"{delivery} {verb} {', '.join(values)}" for delivery, values in found.items())
    return f", but {said}" if said else ""
