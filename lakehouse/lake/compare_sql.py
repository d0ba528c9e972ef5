"""SQL over the files of two or more releases of a mart: which cells differ, in which step, and for which cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lakehouse.administrations import KREIS
from lakehouse.lake.release import MartPin
from lakehouse.lake.sql import quoted, released, text

CODE, DEFINITION, NOT_RECORDED, UNEXPLAINED = "changed code", "new definition", "not recorded", "unexplained"
VERSION = "definition_version"
# a newer period of the same administration changes it in the rows of the older ones
ACROSS_PERIODS = "is_latest"
# so many causes are told in a sentence; the deliveries are all listed
TOLD = 3
_CELL = "STRUCT(change VARCHAR, name VARCHAR, old VARCHAR, new VARCHAR)"


@dataclass(frozen=True)
class Cause:
    """Something that may have changed cells in a step.

    `ags` and `period` are those of the rows that a delivery is about, None if of any; `redefined` says whether it is
    for rows with another version of their definition, for the others, or (None) for both.
    """

    cause: str
    text: str
    delivery: str | None = None
    ags: str | None = None
    period: str | None = None
    redefined: bool | None = None


@dataclass(frozen=True)
class Step:
    """A release in which a mart got other files than in the one before, and everything that may be why."""

    release: int
    before: MartPin
    after: MartPin
    causes: list[Cause]


def query(first: MartPin, last: MartPin, steps: Sequence[Step], *, all_steps: bool) -> str:
    """SQL for what differs, a row for each cell, and one for each row or column that only one side has.

    Its columns: `change` (changed cell, added row, removed row, added column, removed column), `key` (what tells the
    row apart, a struct), `column`, `old`, `new` (as text; of an added or removed row all other columns), `releases` in
    which it changed, `causes`, `told_apart` (whether there was one possible cause in each of them), `deliveries`,
    `sentence`.

    A delivery explains the rows of its administration and period. Where a column has cells in a step that this leaves
    without a cause, the column evidently depends on more, and deliveries for the administration's other periods, and
    if need be all, are named for all its cells in that step.

    Args:
        first: the mart in the older release.
        last: the mart in the newer one.
        steps: the steps between them in which it got other files.
        all_steps: what changed in each step, also if it changed back; else what differs between the two.
    """
    walk = "\nUNION ALL ".join(f"SELECT {step.release} AS release, * FROM ({_difference(step)})" for step in steps)
    if not steps:
        nothing = Step(0, first, last, [Cause(UNEXPLAINED, "")])
        walk, steps = f"SELECT 0 AS release, * FROM ({_difference(nothing)}) WHERE false", [nothing]
    causes = ",\n".join(_values(step.release, cause) for step in steps for cause in step.causes)
    if all_steps or len(steps) == 1:
        hit = "SELECT change, key, name, old, new, release, place FROM walk"
    else:
        hit = """SELECT f.change, f.key, f.name, f.old, f.new, w.release, w.place
            FROM found AS f JOIN walk AS w ON f.key = w.key AND (f.name = w.name OR f.name IS NULL OR w.name IS NULL)
            UNION ALL SELECT f.change, f.key, f.name, f.old, f.new, w.release, w.place
            FROM found AS f JOIN walk AS w ON w.key IS NULL AND f.name = w.name"""
    found = _difference(Step(0, first, last, []))
    step = ", release" if all_steps else ""
    return f"""WITH walk AS MATERIALIZED ({walk}),
        found AS ({found}),
        cause (release, cause, text, delivery, ags, period, redefined) AS (VALUES {causes}),
        {_NAMED},
        hit AS ({hit}),
        {_STEPS}
        SELECT
            change, key, name AS "column", old, new,
            list(release ORDER BY release) AS releases,
            list_sort(list_distinct(flatten(list(causes)))) AS causes,
            bool_and(told_apart) AS told_apart,
            list_sort(list_distinct(flatten(list(deliveries)))) AS deliveries,
            string_agg(sentence, '; ' ORDER BY release) AS sentence
        FROM step
        GROUP BY change, key, name, old, new{step}
        ORDER BY key NULLS FIRST, name NULLS FIRST{step}"""


# The places of a step are few: what its cells have in common that matters to a cause. `level` is how far away a cause
# is from a place, `needed` how far one has to go for the cells of a column.
_NAMED = f"""candidate AS (
    SELECT p.release, p.place, c.cause, c.text, c.delivery,
        CASE WHEN c.cause = '{UNEXPLAINED}' THEN 3
            WHEN coalesce(c.ags <> p.place.ags AND p.place.ags NOT IN ('{KREIS}', '{KREIS[:5]}'), false) THEN 2
            WHEN coalesce(c.period <> p.place.period, false) THEN 1 ELSE 0 END AS level
    FROM (SELECT DISTINCT release, place FROM walk) AS p
    JOIN cause AS c ON c.release = p.release AND coalesce(c.redefined = p.place.redefined, true)
),
nearest AS (SELECT release, place, min(level) AS level FROM candidate GROUP BY ALL),
needed AS (
    SELECT release, place.name AS name,
        max(CASE WHEN place.name = '{ACROSS_PERIODS}' THEN greatest(level, 1) ELSE level END) AS level
    FROM nearest GROUP BY ALL
),
named AS (
    SELECT c.release, c.place,
        list(DISTINCT c.cause) AS causes,
        list(DISTINCT c.text) AS texts,
        coalesce(list(DISTINCT c.delivery) FILTER (c.delivery IS NOT NULL), []) AS deliveries
    FROM candidate AS c
    JOIN nearest AS o ON o.release = c.release AND o.place = c.place
    JOIN needed AS n ON n.release = c.release AND n.name IS NOT DISTINCT FROM c.place.name
    WHERE c.level <= n.level AND (c.level < 3 OR o.level = 3)
    GROUP BY ALL
)"""
# What happened to a row that came or went may be of several cells, each with causes of its own.
_STEPS = f"""told AS (
    SELECT h.change, h.key, h.name, h.old, h.new, h.release,
        flatten(list(n.causes)) AS causes, flatten(list(n.deliveries)) AS deliveries,
        list_sort(list_distinct(flatten(list(n.texts)))) AS texts,
        bool_and(len(n.texts) = 1) AS told_apart
    FROM hit AS h JOIN named AS n ON n.release = h.release AND n.place = h.place
    GROUP BY ALL
),
step AS (
    SELECT * EXCLUDE (said), 'release ' || release || ': ' || CASE WHEN told_apart THEN array_to_string(said, ' and ')
        ELSE array_to_string(said, ' or ') || ' (cannot be told apart)' END AS sentence
    FROM (
        SELECT *, CASE WHEN len(texts) > {TOLD} THEN list_append(texts[:{TOLD}], (len(texts) - {TOLD}) || ' more')
            ELSE texts END AS said
        FROM told
    )
)"""


def _difference(step: Step) -> str:
    """SQL for what differs between two versions of a mart: change, key, name, old, new, and the place of the cell."""
    before, after = ({c.name: c.type for c in pin.columns} for pin in (step.before, step.after))
    key = step.after.key
    shared = [name for name in after if name in before and name not in key]
    differs = {name: _differs(name, before[name] == after[name]) for name in shared}
    cells = ", ".join(
        f"CASE WHEN {condition} THEN {_cell('changed cell', text(name), f'o.{quoted(name)}', f'n.{quoted(name)}')} END"
        for name, condition in differs.items()
    )
    same = " AND ".join(f"o.{quoted(name)} IS NOT DISTINCT FROM n.{quoted(name)}" for name in key)
    values = {name: f"coalesce(n.{quoted(name)}, o.{quoted(name)})" for name in key}
    row = ", ".join(f"{text(name)}: {value}" for name, value in values.items())
    place = ", ".join(
        f"'{name}': {f'coalesce(n.{name}::VARCHAR, o.{name}::VARCHAR)' if name in shared + key else 'NULL::VARCHAR'}"
        for name in ("ags", "period")
    )
    columns = [("added column", name) for name in after if name not in before]
    columns += [("removed column", name) for name in before if name not in after]
    alone = "".join(
        f"""UNION ALL SELECT '{change}', NULL, {text(name)}, NULL, NULL,
            {{'name': {text(name)}, 'ags': NULL, 'period': NULL, 'redefined': false}}
        """
        for change, name in columns
    )
    return f"""SELECT cell.change AS change, key, cell.name AS name, cell.old AS old, cell.new AS new,
            {{'name': cell.name, 'ags': place.ags, 'period': place.period, 'redefined': redefined}} AS place
        FROM (
            SELECT {{{row}}} AS key, {{{place}}} AS place, {_redefined(step, shared)} AS redefined,
                unnest(list_filter([
                    CASE WHEN o._held IS NULL THEN {_cell("added row", "NULL", "NULL", _others("n", after, key))} END,
                    CASE WHEN n._held IS NULL THEN {_cell("removed row", "NULL", _others("o", before, key), "NULL")} END
                    {f", {cells}" if cells else ""}
                ], lambda cell: cell IS NOT NULL)) AS cell
            FROM (SELECT *, true AS _held FROM ({released(step.before)})) AS o
            FULL JOIN (SELECT *, true AS _held FROM ({released(step.after)})) AS n ON {same}
            WHERE o._held IS NULL OR n._held IS NULL {"".join(f" OR {condition}" for condition in differs.values())}
        ) {alone}"""


def _differs(name: str, same_type: bool) -> str:
    as_text = "" if same_type else "::VARCHAR"
    there = "o._held AND n._held AND "
    return f"({there}o.{quoted(name)}{as_text} IS DISTINCT FROM n.{quoted(name)}{as_text})"


def _cell(change: str, name: str, old: str, new: str) -> str:
    return f"CAST(row('{change}', {name}, {old}::VARCHAR, {new}::VARCHAR) AS {_CELL})"


def _others(side: str, columns: dict[str, str], key: Sequence[str]) -> str:
    """The columns of a row that are not its key."""
    others = ", ".join(f"{text(name)}: {side}.{quoted(name)}" for name in columns if name not in key)
    return f"{{{others}}}" if others else "NULL"


def _redefined(step: Step, shared: Sequence[str]) -> str:
    """Whether the row has another version of its definition than before; if that is in the key, whether one has."""
    if VERSION in shared:
        return f"(o._held AND n._held AND o.{VERSION} IS DISTINCT FROM n.{VERSION}) IS TRUE"
    if VERSION not in step.after.key:
        return "false"
    rest = [quoted(name) for name in step.after.key if name != VERSION]

    def elsewhere(side: str, pin: MartPin) -> str:
        same = " AND ".join(f"x.{name} IS NOT DISTINCT FROM {side}.{name}" for name in rest) or "true"
        return f"EXISTS (SELECT 1 FROM ({released(pin)}) AS x WHERE {same})"

    return (
        f"CASE WHEN o._held IS NULL THEN {elsewhere('n', step.before)}"
        f" WHEN n._held IS NULL THEN {elsewhere('o', step.after)} ELSE false END"
    )


def _values(release: int, cause: Cause) -> str:
    said = (cause.cause, cause.text, cause.delivery, cause.ags, cause.period)
    told = ", ".join("NULL::VARCHAR" if value is None else text(value) for value in said)
    redefined = "NULL::BOOLEAN" if cause.redefined is None else str(cause.redefined).lower()
    return f"({release}, {told}, {redefined})"
