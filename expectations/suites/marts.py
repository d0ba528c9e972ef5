"""What a mart must hold against the last release. What must hold of its content stands in dbt, beside the model."""

from __future__ import annotations

import math

import great_expectations.expectations as gxe
import pyarrow as pa

from expectations.suites.said import said
from lakehouse.administrations import ADMINISTRATIONS
from lakehouse.lake.profile import Profile

# a mart that lost more than this since the last release is wrong until a person says otherwise
MIN_SHARE_OF_RELEASE = 0.9
# of one administration's rows, which are few, so that some may go
MIN_SHARE_OF_AREA = 0.5
MOST_EMPTIED_PCT = 20.0
MOST_TIMES = 3.0
NEW = Profile(0, {}, {}, {})


def release(
    now: Profile, before: Profile | None, owner: str, *, by_people: bool
) -> tuple[pa.Table, list[gxe.Expectation]]:
    """How a candidate mart may have moved since the release that it would replace.

    Args:
        now: the candidate.
        before: what is released; None if the mart is new.
        owner: who answers for the mart.
        by_people: whether people deliver what it is made of: a withdrawn workbook was judged when it came, so fewer
            rows are told and stop nothing.

    Returns:
        a frame of one row, and what must hold of it.
    """
    before = before or NEW
    least = math.ceil(before.rows * MIN_SHARE_OF_RELEASE)
    stops = "warning" if by_people else "critical"
    fewer, emptied, moved = _fewer(now, before), _emptied(now, before), _moved(now, before)
    frame = pa.table({"rows": [now.rows], "areas": [len(fewer)], "filled": [len(emptied)], "means": [len(moved)]})
    rules = {
        "rows": (
            f"at least {least} rows ({MIN_SHARE_OF_RELEASE:.0%} of the {before.rows} released)",
            f"Die Auswertung hat nicht mehr als {1 - MIN_SHARE_OF_RELEASE:.0%} ihrer bisherigen Zeilen verloren.",
            stops,
        ),
        "areas": (
            f"no administration lost more than {1 - MIN_SHARE_OF_AREA:.0%} of its rows" + _but(fewer),
            "Jede Stadt und der Kreis haben mindestens die Hälfte ihrer bisherigen Zeilen.",
            stops,
        ),
        "filled": (
            f"no column lost more than {MOST_EMPTIED_PCT:.0f} points of its filled share" + _but(emptied),
            "Keine Spalte ist deutlich leerer als zuvor.",
            "warning",
        ),
        "means": (
            f"no mean is more than {MOST_TIMES:.0f} times what it was, or less than its part" + _but(moved),
            "Kein Mittelwert hat sich seit der letzten Veröffentlichung auf mehr als das Dreifache oder weniger als"
            " ein Drittel verändert.",
            "warning",
        ),
    }
    bounds = {"rows": {"min_value": least}} | {name: {"max_value": 0} for name in ("areas", "filled", "means")}
    return frame, [
        gxe.ExpectColumnValuesToBeBetween(
            column=name, **bounds[name], severity=severity,
            meta=said(owner, sentence, rule),
        )
        for name, (rule, sentence, severity) in rules.items()
    ]  # fmt: skip


def _fewer(now: Profile, before: Profile) -> list[str]:
    return [
        f"{ADMINISTRATIONS[ags]} has {now.areas.get(ags, 0)} of {rows}"
        for ags, rows in before.areas.items()
        if now.areas.get(ags, 0) < rows * MIN_SHARE_OF_AREA
    ]


def _emptied(now: Profile, before: Profile) -> list[str]:
    if not now.rows or not before.rows:
        return []
    shares = {
        name: (100 * before.filled[name] / before.rows, 100 * filled / now.rows)
        for name, filled in now.filled.items()
        if name in before.filled
    }
    return [
        f"{name} fell from {was:.0f} to {is_:.0f} percent"
        for name, (was, is_) in shares.items()
        if was - is_ > MOST_EMPTIED_PCT
    ]


def _moved(now: Profile, before: Profile) -> list[str]:
    found = []
    for name, mean in now.means.items():
        was = before.means.get(name)
        if was and mean is not None and not 1 / MOST_TIMES <= mean / was <= MOST_TIMES:
            found.append(f"{name} went from {was:.4g} to {mean:.4g}")
    return found


def _but(found: list[str]) -> str:
    return f", but {'; '.join(found)}" if found else ""
