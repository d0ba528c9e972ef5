"""Random histories of deliveries and code: every difference is found, and has the causes that the history gave it."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lakehouse.lake import compare
from lakehouse.lake.ledger import Effect
from lakehouse.lake.release import Manifest, MartColumn, MartFile, MartPin, SilverPin
from lakehouse.lake.silver_state import SilverChange, SilverState

CITIES, PERIODS, KREIS = ["05562004", "05562020", "05562024"], ["2024-H1", "2024-H2", "2025-H1"], "05562"
SERVICES, COURSES, WEIGHTS = "vest__service", "vest__course", "land__weight"
SCOPES: dict[str, list[tuple[str, str]]] = {
    SERVICES: [(city, period) for city in CITIES for period in PERIODS],
    # the others deliver one table only, so that a withdrawal takes a row away
    COURSES: [(CITIES[0], period) for period in PERIODS],
    WEIGHTS: [("", "")],
}
TYPES = {"ags": "string", "period": "string", "services": "int", "weighted": "int", "courses": "int",
         "definition_version": "string", "is_latest": "boolean"}  # fmt: skip
ARROW = {"string": pa.string(), "int": pa.int32(), "boolean": pa.bool_()}
Row = dict[str, Any]
Key = tuple[str, str]
Cell = tuple[Key, str]
# cause, delivery, and the administration and period that it is about
Event = tuple[str, str, str, str]
WHOLE = ""  # instead of a column: the row came or went


class History:
    """Three feeds, a mart of them, and what happened from release to release."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.random = folder, random.Random(seed)
        self.counted: dict[str, dict[tuple[str, str], list[tuple[int, str, int | None]]]] = {f: {} for f in SCOPES}
        self.commits: dict[str, list[SilverChange]] = {feed: [] for feed in SCOPES}
        self.pinned = dict.fromkeys(SCOPES, 0)
        self.code = self.definition = self.clock = 0
        self.events: list[list[Event]] = [[]]
        self.tables: list[dict[Key, Row]] = []
        self.chain: list[Manifest] = []
        for _ in range(self.random.randint(3, 7)):
            self._release()

    def value(self, feed: str, part: tuple[str, str]) -> int | None:
        """What silver says: the delivery that was published last counts."""
        return max(self.counted[feed].get(part, []), default=(0, "", None))[2]

    def rows(self) -> dict[Key, Row]:
        """The mart as its code makes it."""
        made: dict[Key, Row] = {}
        factor = self.value(WEIGHTS, ("", "")) or 0
        for period in PERIODS:
            cities = []
            for ags in CITIES:
                services, courses = self.value(SERVICES, (ags, period)), self.value(COURSES, (ags, period))
                if services is not None or courses is not None:
                    later = [p for p in PERIODS if p > period and self.value(SERVICES, (ags, p)) is not None]
                    cities.append({"ags": ags, "services": services, "courses": courses, "is_latest": not later})
            if cities:
                sums = {name: sum(city[name] or 0 for city in cities) for name in ("services", "courses")}
                cities.append({"ags": KREIS, **sums, "is_latest": None})
            for row in cities:
                weighted = (row["services"] or 0) * factor + self.code + 100 * self.definition
                more = {"period": period, "weighted": weighted, "definition_version": f"v{self.definition}"}
                made[row["ags"], period] = {**row, **more}
        return made

    def _release(self) -> None:
        for _ in range(self.random.randint(0, 3)):
            if self.random.random() < 0.15:
                self.code += 1
                self.events[-1].append(("code", "", "", ""))
            elif self.random.random() < 0.1:
                self.definition += 1
                self.events[-1].append(("code", "", "", ""))
            else:
                self._commit(self.random.choice(list(SCOPES)))
        self.tables.append(self.rows())
        self.chain.append(self._manifest())
        self.events.append([])

    def _commit(self, feed: str) -> None:
        """A run loads a few deliveries: new ones, corrections, withdrawals, late ones, and some once more."""
        effects, loaded, on_top = [], [], False
        for part in self.random.sample(SCOPES[feed], min(len(SCOPES[feed]), self.random.randint(1, 3))):
            held = self.counted[feed].setdefault(part, [])
            before = self.value(feed, part)
            self.clock += 1
            late = again = self.random.random() < 0.2 and bool(held)
            if again and self.random.random() < 0.5:
                late, place = False, self.random.randrange(len(held))
                published, delivery, old = held[place]
                held[place] = (published, delivery, None if old is None else old + 1000)
            else:
                again, delivery = False, f"d{self.clock}"
                said = None if held and self.random.random() < 0.2 else self.random.randint(1, 4)
                # before whatever counts already, so that it may count nowhere
                late = late or self.random.random() < 0.1
                published = self.random.randint(-9999, 0) if late else self.clock
                held.append((published, delivery, said))
            after = self.value(feed, part)
            loaded.append(delivery)
            on_top |= late
            if after != before:
                inserted, removed = int(before is None), int(after is None)
                scope = {} if feed == WEIGHTS else {"ags": part[0], "period": part[1]}
                effects.append(Effect(delivery, scope, inserted, 1 - inserted - removed, removed, late))
                new = "new delivery" if before is None else "correction"
                self.events[-1].append(("changed code" if again else "late data" if late else new, delivery, *part))
        version = len(self.commits[feed]) + 1
        text = json.dumps([asdict(effect) for effect in effects])
        counts = {kind: sum(getattr(e, kind) for e in effects) for kind in ("inserted", "updated", "removed")}
        self.commits[feed].append(SilverChange(version, loaded, ["d0"] if on_top else [], **counts, effects=text))

    def _manifest(self) -> Manifest:
        number, rows = len(self.chain) + 1, list(self.tables[-1].values())
        last = self.chain[-1].marts["mart"] if self.chain else None
        path = f"{number}.parquet"
        if last and len(self.tables) > 1 and self.tables[-1] == self.tables[-2]:
            files = last.files
        else:
            self.random.shuffle(rows)
            schema = pa.schema([(name, ARROW[type_]) for name, type_ in TYPES.items()])
            pq.write_table(pa.Table.from_pylist(rows, schema), self.folder / path)
            files = [MartFile(path=path, rows=len(rows), bytes=1, sha256="")]
        columns = [MartColumn(name=n, type=t, description="", label_de="", unit=None, publish=False)
                   for n, t in TYPES.items()]  # fmt: skip
        mart = MartPin(
            version=number, uri=str(self.folder), rows=len(rows), checksum="", description="", inputs=list(SCOPES),
            columns=columns, files=files, key=["ags", "period"], code=f"{self.code} {self.definition}",
        )  # fmt: skip
        states = {f: SilverState(0, 0, [], [], commits) for f, commits in self.commits.items()}
        changes = {feed: state.causes(self.pinned[feed]) for feed, state in states.items()}
        self.pinned = {f: max((c.version for c in state.since(0)), default=0) for f, state in states.items()}
        return Manifest(
            release=number, previous=None, run_id="", created_at=dt.datetime.now(dt.UTC), code=str(self.code),
            silver={feed: SilverPin(version=v, uri="") for feed, v in self.pinned.items()}, marts={"mart": mart},
            publications=[], feeds={}, changes=changes if self.chain else {},
        )  # fmt: skip

    def differences(self, old: int, new: int) -> dict[Cell, tuple[Any, Any]]:
        """Cells and rows that differ between two releases, by a plain comparison."""
        before, after = self.tables[old], self.tables[new]
        found: dict[Cell, tuple[Any, Any]] = {(key, WHOLE): (None, None) for key in {*before} ^ {*after}}
        for key in {*before} & {*after}:
            found |= {(key, c): (before[key][c], after[key][c]) for c in TYPES if before[key][c] != after[key][c]}
        return found

    def causes(self, cell: Cell, step: int) -> set[tuple[str, str]]:
        """What explains a cell that changed in a step: everything that happened to its administration and period."""
        (ags, period), column = cell
        both = cell[0] in self.tables[step - 1] and cell[0] in self.tables[step]
        versions = {self.tables[at][cell[0]]["definition_version"] for at in (step - 1, step)} if both else set()
        found = {("new definition", "")} if len(versions) == 2 else set()
        for cause, delivery, of, about in self.events[step]:
            if cause == "code":
                found |= {("changed code", "")} if len(versions) < 2 else set()
            elif not of or (of == ags or ags == KREIS) and (about == period or column == "is_latest"):
                found.add((cause, delivery))
        return found


def listed(history: History, old: int, new: int, *, all_steps: bool = False) -> Iterator[dict[str, Any]]:
    chain = history.chain[old : new + 1]
    with duckdb.connect() as connection:
        found = connection.sql(compare.query(chain, "mart", all_steps=all_steps))
        yield from (dict(zip(found.columns, row, strict=True)) for row in found.fetchall())


def as_text(value: Any) -> str | None:
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("seed", range(40))
def test_every_difference_and_no_other_has_exactly_its_causes(tmp_path: Path, seed: int) -> None:
    history = History(tmp_path, seed)
    last = len(history.chain) - 1
    old = history.random.randrange(last)
    new = history.random.randint(old + 1, last)
    expected = history.differences(old, new)
    changed = {step: history.differences(step - 1, step) for step in range(old + 1, new + 1)}
    found = {((*row["key"].values(),), row["column"] or WHOLE): row for row in listed(history, old, new)}
    assert found.keys() == expected.keys()
    for cell, row in found.items():
        key, column = cell
        if column:
            assert (row["change"], row["old"], row["new"]) == ("changed cell", *map(as_text, expected[cell]))
        else:
            assert row["change"] == ("added row" if key in history.tables[new] else "removed row")
        # a row that came or went took its cells along; what happened to a row that came explains what it says now
        events = {step: {c for c in cells if c[0] == key and (not column or c[1] in (column, WHOLE))}
                  for step, cells in changed.items()}  # fmt: skip
        steps = [step for step, cells in events.items() if cells]
        causes = {step: set().union(*(history.causes(c, step) for c in cells)) for step, cells in events.items()}
        assert row["releases"] == [step + 1 for step in steps]
        every = {cause for step in steps for cause in causes[step]}
        assert {name for name, _ in every} == set(row["causes"]), (cell, row)
        assert sorted({delivery for _, delivery in every} - {""}) == row["deliveries"], (cell, row)
        assert row["causes"] and not {"unexplained", "not recorded"} & {*row["causes"]}
        alone = [len(history.causes(c, step)) == 1 for step, cells in events.items() for c in cells]
        assert row["told_apart"] == all(alone)
        assert ("cannot be told apart" in row["sentence"]) != row["told_apart"]


@pytest.mark.parametrize("seed", range(40, 50))
def test_the_walk_shows_every_step_also_of_what_came_back(tmp_path: Path, seed: int) -> None:
    history = History(tmp_path, seed)
    last = len(history.chain) - 1
    expected = {(step + 1, *cell) for step in range(1, last + 1) for cell in history.differences(step - 1, step)}
    found = {
        (*row["releases"], (*row["key"].values(),), row["column"] or WHOLE)
        for row in listed(history, 0, last, all_steps=True)
    }
    assert found == expected
