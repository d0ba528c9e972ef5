"""The files of one dataset and the id of their content."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lakehouse.lake.release import MartColumn
from opendata import csvfile

#: Raise it when the same rows are to be written differently: every content id changes with it.
FILE_FORMAT = 1

CSV_TYPE = "text/csv; charset=utf-8; header=present"
CSVW_TYPE = "application/csvm+json"
PARQUET_TYPE = "application/vnd.apache.parquet"


@dataclass(frozen=True)
class File:
    """One object to be published."""

    name: str
    data: bytes
    content_type: str

    @property
    def sha256(self) -> str:
        """Checksum in lower-case hexadecimal digits."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Rendered:
    """The files of a dataset. `content_id` is the same exactly when rows, columns and their descriptions are."""

    dataset: str
    content_id: str
    rows: int
    columns: dict[str, str]
    csv: File
    csvw: File
    parquet: File

    @property
    def files(self) -> tuple[File, File, File]:
        """CSV, its metadata, Parquet."""
        return self.csv, self.csvw, self.parquet

    @property
    def prefix(self) -> str:
        """Key prefix in the public bucket."""
        return f"files/{self.dataset}/{self.content_id}/"


def render(dataset: str, table: pa.Table, columns: Sequence[MartColumn]) -> Rendered:
    """Writes a normalised table as CSV with CSVW metadata and as Parquet.

    Args:
        dataset: slug; names the files.
        table: result of `tables.normalise`, its columns in the order of `columns`.
        columns: the published columns as the release describes them.

    Raises:
        PublishRefused: a cell cannot be written safely.
    """
    csv_file = File(f"{dataset}.csv", csvfile.write(dataset, table), CSV_TYPE)
    metadata = json.dumps(_csvw(csv_file.name, table, columns), ensure_ascii=False, indent=1).encode()
    csvw_file = File(f"{csv_file.name}-metadata.json", metadata, CSVW_TYPE)
    types = {field.name: str(field.type) for field in table.schema}
    digest = hashlib.sha256(json.dumps([FILE_FORMAT, list(types.items())]).encode())
    for part in (csv_file.data, csvw_file.data):
        digest.update(hashlib.sha256(part).digest())
    return Rendered(
        dataset=dataset,
        content_id=digest.hexdigest()[:16],
        rows=table.num_rows,
        columns=types,
        csv=csv_file,
        csvw=csvw_file,
        parquet=File(f"{dataset}.parquet", write_parquet(table), PARQUET_TYPE),
    )


def write_parquet(table: pa.Table) -> bytes:
    """Parquet of a normalised table; equal bytes for equal tables and one version of pyarrow."""
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd", compression_level=9, version="2.6", store_schema=False)
    return out.getvalue()


def same_rows(parquet: bytes, other: bytes) -> bool:
    """Whether two Parquet files hold the same columns and rows, whichever version of pyarrow wrote them."""
    try:
        left, right = (pq.read_table(io.BytesIO(data)) for data in (parquet, other))
    except pa.ArrowInvalid:
        return False
    return bool(left.schema.equals(right.schema) and left.equals(right))


def _csvw(csv_name: str, table: pa.Table, columns: Sequence[MartColumn]) -> dict[str, Any]:
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "de"}],
        "url": csv_name,
        "dialect": csvfile.DIALECT,
        "tableSchema": {
            "columns": [_csvw_column(column, field.type) for column, field in zip(columns, table.schema, strict=True)]
        },
    }


def _csvw_column(column: MartColumn, kind: pa.DataType) -> dict[str, Any]:
    # the header holds the names, so `titles` must repeat them; the German label is an annotation
    described: dict[str, Any] = {
        "name": column.name,
        "titles": column.name,
        "rdfs:label": column.label_de,
        "dc:description": column.description,
    }
    if column.unit:
        described["schema:unitText"] = column.unit
    return {**described, "datatype": _csvw_type(kind), "null": ""}


def _csvw_type(kind: pa.DataType) -> str | dict[str, str]:
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_integer(kind):
        return "long"
    if pa.types.is_decimal(kind):
        return "decimal"
    if pa.types.is_floating(kind):
        return "double"
    if pa.types.is_date(kind):
        return {"base": "date", "format": "yyyy-MM-dd"}
    return "dateTime" if pa.types.is_timestamp(kind) else "string"
