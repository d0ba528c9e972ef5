"""Rows to files: dialect, safety, stability, and agreement of CSV, CSVW and Parquet."""

from __future__ import annotations

import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lakehouse.lake.release import MartColumn, MartFile, MartPin
from opendata import PublishRefused, csvfile, files, tables
from tests.unit.opendata.house import COVERAGE, House

ROWS = pa.table(
    {
        "ags": ["05562004", "05562020", None],
        "name": ["Castrop-Rauxel; Stadt", 'die "Stadt"\nMarl', "Haltern am See"],
        "pct": pa.array([Decimal("1.50"), Decimal("-2.00"), None], pa.decimal128(5, 2)),
        "count": pa.array([1, -2, 3], pa.int32()),
        "ratio": [0.1, 1e16, None],
        "open": [True, False, None],
        "day": pa.array([dt.date(2026, 1, 2), None, dt.date(2025, 12, 31)]),
        "at": pa.array(
            [
                dt.datetime(2026, 1, 1, 5, 30, tzinfo=dt.UTC),
                dt.datetime(2026, 1, 1, 5, 30, 0, 500000, tzinfo=dt.UTC),
                None,
            ],
            pa.timestamp("ns", "Europe/Berlin"),
        ),
    }
)


def columns(table: pa.Table) -> list[MartColumn]:
    return [
        MartColumn(
            name=name,
            type="t",
            description=f"d {name}",
            label_de=f"Größe {name}",
            unit="%" if name == "pct" else None,
            publish=True,
        )
        for name in table.column_names
    ]


def render(table: pa.Table, **changes: Any) -> files.Rendered:
    described = [column.model_copy(update=changes) for column in columns(table)]
    return files.render("d", tables.normalise("d", table), described)


def text(value: str | None) -> pa.Table:
    return pa.table({"code": ["a"], "name": pa.array([value], pa.string())})


def test_the_csv_is_in_the_house_dialect() -> None:
    assert render(ROWS).csv.data.decode("utf-8") == (
        "ags;name;pct;count;ratio;open;day;at\n"
        '05562004;"Castrop-Rauxel; Stadt";1.50;1;0.1;true;2026-01-02;2026-01-01T05:30:00Z\n'
        '05562020;"die ""Stadt""\nMarl";-2.00;-2;1e+16;false;;2026-01-01T05:30:00.500000Z\n'
        ";Haltern am See;;3;;;2025-12-31;\n"
    )


@pytest.mark.parametrize("start", list("=+-@\t\r\n") + ["＝"])
def test_text_that_could_run_as_a_formula_is_refused(start: str) -> None:
    with pytest.raises(PublishRefused, match=r"d: row 1, column name: the text begins with .* formula"):
        render(text(f"{start}1+1"))
    render(text(f"a{start}" if start != "\r" else "a"))


def test_a_job_with_a_formula_publishes_nothing(house: House) -> None:
    house.marts["mart_connectivity"] = COVERAGE.set_column(0, "ags", pa.array(["05562020", "=cmd()", "05562004"]))
    with pytest.raises(PublishRefused, match="row 3, column ags"):
        house.publish()
    assert house.store.public() == {}


@pytest.mark.parametrize(
    ("value", "words"), [("", "empty"), ("  ", "empty"), ("a\x00b", "control"), ("a\rb", "control")]
)
def test_text_that_readers_would_take_for_something_else_is_refused(value: str, words: str) -> None:
    with pytest.raises(PublishRefused, match=rf"row 1, column name: .*{words}"):
        render(text(value))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_none_are_refused(value: float) -> None:
    with pytest.raises(PublishRefused, match="not a finite number"):
        render(pa.table({"x": [value]}))


@pytest.mark.parametrize(
    "column",
    [
        pa.array([[1]]),
        pa.array([b"x"]),
        pa.array([{"a": 1}]),
        pa.array([dt.datetime(2026, 1, 1)]),
        pa.array([dt.time(1)]),
    ],
)
def test_types_that_csv_cannot_carry_are_refused(column: pa.Array) -> None:
    with pytest.raises(PublishRefused, match="column x has the type"):
        render(pa.table({"x": column}))


def test_the_content_id_knows_rows_and_columns_and_nothing_else() -> None:
    base = render(ROWS).content_id
    assert len(base) == 16
    assert render(ROWS.take([2, 0, 1])).content_id == base, "order of delivery"
    assert render(ROWS.replace_schema_metadata({"spark": "x"})).content_id == base, "metadata of the reader"
    assert render(pa.concat_tables([ROWS.slice(0, 1), ROWS.slice(1)])).content_id == base, "chunks"
    assert render(ROWS.slice(0, 2)).content_id != base, "a row less"
    assert render(pa.concat_tables([ROWS, ROWS.slice(0, 1)])).content_id != base, "a row twice"
    assert render(ROWS.drop_columns(["open"])).content_id != base, "a column less"
    assert render(ROWS.set_column(3, "count", pa.array([1.0, -2.0, 3.0]))).content_id != base, "a type"
    assert render(ROWS, description="x").content_id != base, "a description"
    wider = ROWS["pct"].cast(pa.decimal128(6, 2))
    assert render(ROWS.set_column(2, "pct", wider)).content_id != base, "a precision, which only Parquet shows"


def test_the_same_rows_give_the_same_bytes() -> None:
    first, second = render(ROWS), render(ROWS.take([1, 2, 0]))
    assert [file.sha256 for file in first.files] == [file.sha256 for file in second.files]


def test_parquet_tells_nothing_about_its_writer() -> None:
    named = ROWS.replace_schema_metadata({"pandas": "{}", "user": "erika"})
    described = pq.ParquetFile(io.BytesIO(render(named).parquet.data))
    assert described.metadata.metadata is None
    assert described.schema_arrow.metadata is None
    assert {described.metadata.row_group(0).column(i).compression for i in range(8)} == {"ZSTD"}


def test_another_writer_of_the_same_rows_is_recognised() -> None:
    table = tables.normalise("d", ROWS)
    other = io.BytesIO()
    pq.write_table(table, other, compression="snappy")
    ours = files.write_parquet(table)
    assert other.getvalue() != ours
    assert files.same_rows(other.getvalue(), ours)
    assert not files.same_rows(files.write_parquet(table.slice(1)), ours)
    assert not files.same_rows(b"no parquet", ours)


def test_parquet_of_another_version_of_pyarrow_stays(house: House) -> None:
    house.publish()
    ((key, data),) = house.store.public(".parquet").items()
    other = io.BytesIO()
    pq.write_table(pq.read_table(io.BytesIO(data)), other, compression="snappy", store_schema=False)
    house.store.objects["public", key] = (other.getvalue(), "")
    report = house.publish()
    assert not report.published[0].changed
    assert house.store.public()[key] == other.getvalue()
    assert f'dcat:byteSize "{len(other.getvalue())}"' in house.entry


def test_the_csv_read_as_its_metadata_says_equals_the_parquet(tmp_path: Path) -> None:
    rendered = render(ROWS)
    for file in rendered.files:
        (tmp_path / file.name).write_bytes(file.data)
    metadata = json.loads((tmp_path / "d.csv-metadata.json").read_text("utf-8"))
    dialect, described = metadata["dialect"], metadata["tableSchema"]["columns"]
    bases = [c["datatype"]["base"] if isinstance(c["datatype"], dict) else c["datatype"] for c in described]
    types = {
        "string": "VARCHAR", "long": "BIGINT", "decimal": "DECIMAL(5,2)", "double": "DOUBLE", "boolean": "BOOLEAN",
        "date": "DATE", "dateTime": "TIMESTAMPTZ",
    }  # fmt: skip
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        from_csv = connection.read_csv(
            str(tmp_path / metadata["url"]),
            delimiter=dialect["delimiter"],
            quotechar=dialect["quoteChar"],
            encoding=dialect["encoding"],
            header=dialect["header"],
            na_values=[column["null"] for column in described],
            dtype={c["name"]: types[base] for c, base in zip(described, bases, strict=True)},
        ).fetchall()
        from_parquet = connection.read_parquet(str(tmp_path / "d.parquet")).fetchall()
    assert from_csv == from_parquet
    assert len(from_csv) == 3


def test_the_metadata_describe_every_column() -> None:
    described = json.loads(render(ROWS).csvw.data)["tableSchema"]["columns"]
    assert [column["name"] for column in described] == ROWS.column_names
    assert described[2] == {
        "name": "pct",
        "titles": "pct",
        "rdfs:label": "Größe pct",
        "dc:description": "d pct",
        "schema:unitText": "%",
        "datatype": "decimal",
        "null": "",
    }


def test_only_the_listed_files_are_read(tmp_path: Path) -> None:
    for part in ("one", "two", "stray"):
        pq.write_table(pa.table({"a": [part], "b": ["secret"]}), tmp_path / f"{part}.parquet")
    columns = [
        MartColumn(name=name, type="string", description="", label_de="", unit=None, publish=name == "a")
        for name in ("a", "b")
    ]
    listed = [MartFile(path=f"{part}.parquet", rows=1, bytes=1, sha256="") for part in ("one", "two")]
    mart = MartPin(
        version=0, uri=str(tmp_path), rows=2, checksum="", description="", inputs=[], columns=columns, files=listed
    )
    with duckdb.connect() as connection:
        assert tables.scan(connection, mart, ["a"]).to_pydict() == {"a": ["one", "two"]}


def test_only_marts_are_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTVEST_PUBLISHER_ACCESS_KEY", "publisher")
    monkeypatch.setenv("SMARTVEST_PUBLISHER_SECRET_KEY", "x")
    pin = MartPin(
        version=0, uri="s3://lake/silver/x", rows=1, checksum="", description="", inputs=[], columns=[], files=[]
    )
    with tables.lake_reader(house.settings) as read, pytest.raises(PublishRefused, match="is not a released mart"):
        read(pin, ["a"])


def test_csv_and_parquet_are_of_utf8_without_mark() -> None:
    data = csvfile.write("d", tables.normalise("d", text("Größe")))
    assert data == "code;name\na;Größe\n".encode()
