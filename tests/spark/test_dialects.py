"""One table written in every dialect comes out identical."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from itertools import product
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession

from lakehouse.ingest.parse import parse_to_parquet
from lakehouse.spec.text_format import JsonEncoding
from spark_jobs.transforms.typed import problem, value
from tests.support import example

Row = tuple[int, str, Decimal | None, dt.date]
NULL = "k. A."
WIDTH = 40
ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "latin-1", "iso-8859-15", "utf-16")


@dataclass(frozen=True)
class Dialect:
    """How a publisher writes; fixed width and JSON take from it the signs, dates and null mark."""

    form: str
    encoding: str
    delimiter: str
    decimal: str
    thousands: str | None
    date: str
    null: str
    quoted: bool
    ends: str


def dialects() -> list[Dialect]:
    """Every combination of signs, dates and null marks; the options of the text turn through them."""
    signs = [(d, t) for d, t in product(".,", (None, ".", ",", " ")) if d != t]
    values = list(product(signs, ("yyyy-MM-dd", "dd.MM.yyyy", "MM/dd/yyyy", "yyyyMMdd"), ("", "-", NULL)))
    texts = list(product(ENCODINGS, ",;\t|", (True, False), ("\n", "\r\n")))
    found = []
    for form in ("csv", "csv", "fixed_width", "json"):
        for (decimal, thousands), date, null in values:
            encoding, delimiter, quoted, ends = texts[(7 * len(found)) % len(texts)]
            if delimiter == ",":
                # a comma inside a field needs the quotes
                quoted = True
            if form == "json" and encoding not in get_args(JsonEncoding):
                encoding = "utf-8"
            found.append(Dialect(form, encoding, delimiter, decimal, thousands, date, null, quoted, ends))
    assert {(d.encoding, d.delimiter) for d in found if d.form == "csv"} == set(product(ENCODINGS, ",;\t|"))
    return found


DIALECTS = dialects()
JAVA_TO_PYTHON = {"yyyy": "%Y", "MM": "%m", "dd": "%d"}


def written(row: Row, dialect: Dialect) -> dict[str, str]:
    """The row's texts, as a publisher with this dialect writes them."""
    number, name, height, day = row
    figure = dialect.null
    if height is not None:
        signs = {",": dialect.thousands or "", ".": dialect.decimal}
        figure = "".join(signs.get(c, c) for c in f"{height:{',' if dialect.thousands else ''}.2f}")
    pattern = reduce(lambda text, pair: text.replace(*pair), JAVA_TO_PYTHON.items(), dialect.date)
    # strftime writes years before 1000 without their zeros
    date = pattern.replace("%Y", f"{day.year:04}").replace("%m", f"{day.month:02}").replace("%d", f"{day.day:02}")
    return {"Nr": str(number), "Name": name, "Höhe": figure, "Tag": date}


def delivery(table: list[Row], dialect: Dialect) -> bytes:
    rows = [written(row, dialect) for row in table]
    if dialect.form == "json":
        return json.dumps({"rows": rows}, ensure_ascii=False).encode(dialect.encoding)
    header = {name: name for name in rows[0]}
    if dialect.form == "fixed_width":
        lines = ["".join(text.ljust(WIDTH) for text in row.values()) for row in (header, *rows)]
    else:
        quote = '"' if dialect.quoted else ""
        lines = [dialect.delimiter.join(f"{quote}{t}{quote}" for t in row.values()) for row in (header, *rows)]
    return "".join(line + dialect.ends for line in lines).encode(dialect.encoding)


def declared(dialect: Dialect) -> dict[str, Any]:
    place = "/" if dialect.form == "json" else ""
    numbers = {"decimal": dialect.decimal, "thousands": dialect.thousands}
    forms: dict[str, dict[str, Any]] = {
        "csv": {"delimiter": dialect.delimiter},
        "fixed_width": {
            "skip_lines": 1,
            "fields": {name: [n * WIDTH, (n + 1) * WIDTH] for n, name in enumerate(("Nr", "Name", "Höhe", "Tag"))},
        },
        "json": {"records": "$.rows[*]"},
    }
    return {
        "format": {"type": dialect.form, "encoding": dialect.encoding, **forms[dialect.form]},
        "key": ["number"],
        "columns": [
            {"from": f"{place}Nr", "name": "number", "type": "int"},
            {"from": f"{place}Name", "name": "label"},
            {"from": f"{place}Höhe", "name": "height", "type": "decimal(9,2)", "numbers": numbers,
             "nulls": [dialect.null]},
            {"from": f"{place}Tag", "name": "day", "type": "date", "format": dialect.date, "future": True},
        ],
    }  # fmt: skip


tables = st.lists(
    st.tuples(
        st.integers(-(2**31), 2**31 - 1),
        st.text(st.sampled_from("aZ9äößÜé. -"), min_size=1, max_size=20).map(str.strip).filter(bool),
        st.none() | st.decimals(-9_999_999, 9_999_999, places=2, allow_nan=False),
        st.dates(dt.date(1583, 1, 1)),
    ),
    min_size=15,
    max_size=30,
)


@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(table=tables)
def test_one_table_in_every_dialect_comes_out_identical(
    table: list[Row], spark: SparkSession, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("dialects")
    sources = []
    for number, dialect in enumerate(DIALECTS):
        source = example.source(folder, f"town__dialect_{number}", **declared(dialect))
        delivered = folder / "delivered"
        delivered.write_bytes(delivery(table, dialect))
        parse_to_parquet(source, delivered, "all", folder / f"{number:04}.parquet")
        sources.append(source)
    # dialects that read alike share a declaration: one plan for each, one query for all
    groups: dict[Any, list[int]] = {}
    for number, dialect in enumerate(DIALECTS):
        groups.setdefault((dialect.decimal, dialect.thousands, dialect.date, dialect.null), []).append(number)
    frames = []
    for numbers in groups.values():
        columns = sources[numbers[0]].columns
        read = spark.read.parquet(*(str(folder / f"{number:04}.parquet") for number in numbers))
        frames.append(
            read.select(
                "_metadata.file_name",
                "_record_number",
                *(value(c).alias(c.name) for c in columns),
                *(problem(c).alias(f"problem_{c.name}") for c in columns),
            )
        )
    rows = reduce(DataFrame.unionAll, frames).collect()
    assert len(rows) == len(table) * len(DIALECTS)
    for row in rows:
        expected = table[row["_record_number"] - 1]
        got = (row["number"], row["label"], row["height"], row["day"])
        assert got == expected, DIALECTS[int(row["file_name"][:4])]
        assert [row[name] for name in row.asDict() if name.startswith("problem_")] == [None] * 4
