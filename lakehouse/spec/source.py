"""`source.yml` as typed objects: closed (unknown keys are refused) and checked before anything runs."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Annotated, Self

from pydantic import StringConstraints, model_validator

from lakehouse.names import TECHNICAL
from lakehouse.spec.column import Column
from lakehouse.spec.fetch import Fetch, Paged
from lakehouse.spec.format import Format
from lakehouse.spec.inbox import TOLD, Inbox
from lakehouse.spec.licence import Licence
from lakehouse.spec.made import Plausibility
from lakehouse.spec.model import MOMENTS, Name, StrictModel
from lakehouse.spec.mqtt import Mqtt
from lakehouse.spec.rules import Bounds, Drop, Expects, Health, Load, RowRule, Scope, Unpivot
from lakehouse.spec.text_format import Csv

Page = Annotated[str, StringConstraints(pattern=r"^https?://[!-~]+$")]
# below a feed's folder: what the source delivers, in small
SAMPLE_INPUT = Path("sample") / "input"
FICTITIOUS = "fictitious"


class Source(StrictModel):
    """One feed: where it comes from, how it is written, what its rows must hold.

    `title`, `description`, `owner` and `scope_label` (the area or the things that the rows are about) are for people;
    they are copied to DAG, dbt and release. `licence` is null where the source names none, with a `licence_note` that
    says why: then every mart that is built from the feed stays in the house. `schedule` is cron, in UTC.

    `key` names the silver columns that tell rows apart. It is empty if records have none: then identical rows are
    told apart by an ordinal. `constants` are columns that have the same value in every row of every delivery, such as
    a unit; what belongs to one edition comes from its name (`fetch.path_pattern`) or content. `scope` and `drop` are
    counted as filtered, not refused.

    `transform` is a module of `spark_jobs/transforms` whose `prepare` and `derive` several feeds share; what one feed
    alone needs stands in the `transform.py` of its folder. A workbook's table has no columns that it makes by
    `prepare`. `publisher` is the page on which people read about the data.

    A delivery that fills several tables declares each in a file of its own, `tables/<feed id>.yml` beside the
    `source.yml`, which holds what they share; a key of the table wins. Of the inbox a table leaves out `load` and the
    columns `ags` and `period`, which are the first of every key.

    `rules` are what the columns of a row must hold together. `fictitious: true` says that the rows are made up: it
    becomes a column of silver, and nothing that is built on the feed can be published as open data.
    """

    title: str
    description: str
    owner: str
    publisher: Page | None = None
    licence: Licence | None
    licence_note: str = ""
    schedule: str | None = None
    fictitious: bool | None = None
    scope_label: str
    fetch: Fetch
    format: Format
    load: Load
    key: list[Name]
    columns: list[Column]
    constants: dict[Name, str | int | dt.date] = {}
    unpivot: Unpivot | None = None
    plausibility: Plausibility | None = None
    transform: Name | None = None
    scope: Scope | None = None
    drop: list[Drop] = []
    rules: list[RowRule] = []
    expects: Expects | None = None
    health: Health | None = None
    bounds: Bounds = Bounds()
    id: str
    delivery: str
    folder: Path

    @property
    def silver_columns(self) -> dict[str, str]:
        """Business columns of the silver table and their Spark SQL types, in order."""
        columns = {c.name: c.type for c in self.columns if c.silver and c.name not in self.measured}
        if self.unpivot:
            value = columns.pop(self.unpivot.value)
            for name, sample in next(iter(self.unpivot.measures.values())).items():
                columns[name] = _constant_type(sample)
            columns[self.unpivot.value] = value
        columns.update({name: _constant_type(value) for name, value in self.constants.items()})
        if self.fictitious is not None:
            columns[FICTITIOUS] = "boolean"
        return columns

    @property
    def is_fetched(self) -> bool:
        """Whether somebody is asked for its deliveries, instead of waiting for what comes."""
        return not isinstance(self.fetch, (Inbox, Mqtt))

    @property
    def stored_columns(self) -> dict[str, str]:
        """All columns of the silver table: of the business, the key of keyless feeds, where each row came from."""
        return {**self.silver_columns, **self.key_columns, **TECHNICAL}

    @property
    def scope_columns(self) -> list[str]:
        """What a delivery's own address says that it replaces; empty where only its rows say so."""
        told = {c.name for c in self.columns if c.made_by == "path" and c.type == "string"}
        return self.load.replaces if set(self.load.replaces) <= told else []

    @property
    def measured(self) -> set[str]:
        """Delivered columns that `unpivot` turns into rows."""
        return set(self.unpivot.measures) if self.unpivot else set()

    @property
    def key_columns(self) -> dict[str, str]:
        """Key of a silver row; a feed without a natural key gets a content hash and an ordinal."""
        if not self.key:
            return {"_content_hash": "string", "_occurrence": "int"}
        return {name: self.silver_columns[name] for name in self.key}

    @property
    def delivered(self) -> list[Column]:
        """Columns that the file itself must hold."""
        return [c for c in self.columns if c.source is not None]

    @property
    def bronze(self) -> list[Column]:
        """Columns that a record brings: delivered, or told by its address."""
        return [c for c in self.columns if c.source is not None or c.made_by == "path"]

    @property
    def rows_per_record(self) -> int:
        """Silver rows that a readable record yields."""
        return len(self.unpivot.measures) if self.unpivot else 1

    @model_validator(mode="after")
    def _columns_can_be_delivered(self) -> Self:
        if (self.schedule is None) == self.is_fetched:
            raise ValueError(
                "a feed has a schedule, unless it waits for what is put into the inbox or landed by the bridge"
            )
        if (self.load.kind == "append") != isinstance(self.fetch, Mqtt):
            raise ValueError("load append and connector mqtt belong together")
        if isinstance(self.fetch, Inbox):
            self._check_workbook()
        elif isinstance(self.fetch, Mqtt):
            self._check_events()
        elif self.fetch.connector != "http" and (self.format.archive is None or self.format.archive.type != "zip"):
            raise ValueError(f"connector {self.fetch.connector} lands a zip of pages: format.archive must say so")
        if self.fetch.connector == "rest":
            self._check_pages_of_csv(self.fetch.pages.csv_delimiter)
        if isinstance(self.fetch, Paged) and self.fetch.only_news and self.load.kind != "upsert":
            raise ValueError("a list that is asked for news holds only what changed: load must be upsert")
        if self.format.type != "json" and any(c.source == "" for c in self.columns):
            raise ValueError("an empty `from` means the record itself, which only json knows")
        for source in (name for c in self.delivered for name in (c.source, *c.aliases)):
            self.format.check_from(str(source))
        for column in self.columns:
            if column.many and self.format.type not in ("rdf", "xml") and not column.codes:
                raise ValueError("many is for rdf and xml, or for codes")
        told = {c.name for c in self.columns if c.made_by == "path"}
        groups = set(re.compile(self.fetch.path_pattern or "").groupindex)
        if told != groups - {c.name for c in self.delivered}:
            raise ValueError(
                f"a group of path_pattern {sorted(groups)} is a column made_by path {sorted(told)}, or a delivered one"
            )
        return self

    def _check_workbook(self) -> None:
        if self.format.type != "xlsx" or self.unpivot:
            raise ValueError("what is put into the inbox is a workbook: format xlsx, without unpivot")
        # the check of an upload reads what people typed, and knows of no text that is made before
        if any(c.made_by == "prepare" for c in self.columns):
            raise ValueError("a workbook has no columns that are made_by prepare")
        if self.load.kind != "snapshot" or self.load.replaces != list(TOLD):
            raise ValueError(f"a delivery of the inbox is a snapshot that replaces {' and '.join(TOLD)}")

    def _check_events(self) -> None:
        if self.format.archive is not None:
            raise ValueError("the bridge lands no archives")
        first = self.key[0] if self.key else ""
        if self.silver_columns.get(first) != "timestamp" or self.load.replaces:
            raise ValueError("load append needs a key that begins with the time of the event, and knows no `replaces`")

    def _check_pages_of_csv(self, delimiter: str | None) -> None:
        dialect = self.format if isinstance(self.format, Csv) else None
        if delimiter != (dialect.delimiter if dialect else None):
            raise ValueError("format csv and pages.csv_delimiter belong together, with the same delimiter")
        if dialect and not dialect.is_plain:
            raise ValueError("a page of CSV is one header line and records")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        named = [c.name for c in self.columns]
        attributes = next(iter(self.unpivot.measures.values())) if self.unpivot else {}
        named += [*self.constants, *attributes]
        if doubled := {n for n in named if named.count(n) > 1}:
            raise ValueError(f"columns are declared twice: {sorted(doubled)}")
        unpivoted = [c.name for c in self.columns if c.made_by == "unpivot" and c.silver]
        if unpivoted != ([self.unpivot.value] if self.unpivot else []):
            raise ValueError("unpivot.value and the one column made_by unpivot must be the same, and reach silver")
        if unknown := self.measured - {c.name for c in self.delivered}:
            raise ValueError(f"unpivot names columns that are not delivered: {sorted(unknown)}")
        watched = [self.health.partition, self.health.observed] if self.health else []
        chosen = [rule.column for rule in (self.scope, self.expects, *self.rules) if rule]
        needed = {*self.key, *self.load.replaces, *chosen, *(name for name in watched if name)}
        if unknown := needed - set(self.silver_columns):
            raise ValueError(
                f"key, replaces, scope, expects, rules or health name unknown silver columns: {sorted(unknown)}"
            )
        if self.health and self.health.observed and self.silver_columns[self.health.observed] not in MOMENTS:
            raise ValueError(f"health.observed needs a column of type {' or '.join(MOMENTS)}")
        if unknown := {rule.column for rule in self.drop} - {c.name for c in self.bronze}:
            raise ValueError(f"drop names columns that are not delivered: {sorted(unknown)}")
        if self.format.type not in ("csv", "json", "xlsx", "ods") and any(c.aliases for c in self.columns):
            raise ValueError(
                "aliases are other names in a file, and fixed_width, lorawan, rdf and xml find columns without them"
            )
        if self.load.kind == "upsert" and (not self.key or self.load.replaces):
            raise ValueError("load upsert needs a key and knows no `replaces`")
        if self.licence is None and not self.licence_note:
            raise ValueError("a source without a licence needs a licence_note that says why")
        return self

    @model_validator(mode="after")
    def _columns_can_be_made(self) -> Self:
        named = {name for c in self.columns if c.rewrite for name in c.rewrite.of}
        if unknown := named - {c.name for c in self.bronze}:
            raise ValueError(f"rewrite.of names columns that are not delivered: {sorted(unknown)}")
        reasons = sorted(c.signs.reason for c in self.columns if c.signs)
        if reasons != sorted(c.name for c in self.columns if c.made_by == "signs"):
            raise ValueError("each `signs.reason` names a column of its own that is made_by signs")
        flags = [c.name for c in self.columns if c.made_by == "plausibility"]
        if len(flags) != (0 if self.plausibility is None else 1):
            raise ValueError("plausibility and the one column made_by plausibility belong together")
        if self.plausibility:
            self.plausibility.check(self.silver_columns, self.unpivot.measures.values() if self.unpivot else [])
        return self


def _constant_type(value: str | int | dt.date) -> str:
    if isinstance(value, dt.date):
        return "date"
    return "int" if isinstance(value, int) else "string"
