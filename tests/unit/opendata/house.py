"""A release in memory: a store, marts as Arrow tables, and a manifest that tests bend as they need."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from rdflib import DCTERMS, Graph, URIRef

from lakehouse import names
from lakehouse.lake.release import MartPin, Pointer, seal_of
from lakehouse.settings import Settings
from lakehouse.storage import Conflict, NotFound, ObjectStore
from opendata import PublishReport, publish

BASE = "https://daten.example.org/public"
NOW = dt.datetime(2026, 12, 24, 12, 0, tzinfo=dt.UTC)
DL_BY = "http://dcat-ap.de/def/licenses/dl-by-de/2.0"
COVERAGE = pa.table(
    {
        "ags": pa.array(["05562020", "05562004", "05562004"]),
        "reference_date": pa.array([dt.date(2025, 6, 30), dt.date(2025, 6, 30), dt.date(2024, 12, 31)]),
        "households_pct": pa.array([Decimal("97.20"), Decimal("88.05"), None], pa.decimal128(5, 2)),
        "households": pa.array([38211, 36120, 36003]),
        "loaded_at": pa.array([dt.datetime(2026, 1, 1, 5, 30, tzinfo=dt.UTC)] * 3, pa.timestamp("us", "UTC")),
        "officer": pa.array(["Erika Mustermann", "Max Mustermann", "Erika Mustermann"]),
    }
)
GRANTS = pa.table({"ags": ["05562004"], "amount_eur": pa.array([Decimal("12.50")], pa.decimal128(14, 2))})
META: dict[str, Any] = {
    "dataset": "connectivity",
    "title_de": "Breitbandversorgung der Haushalte",
    "title_en": "Broadband coverage of households",
    "description_de": "Anteil der Haushalte, die einen Anschluss bekommen können, nach Gemeinde und Stichtag.",
    "keywords_de": ["Breitband", "Glasfaser"],
    "themes": ["TECH", "REGI"],
    "accrual_periodicity": "BIENNIAL",
    "licence": DL_BY,
    "spatial": ["http://dcat-ap.de/def/politicalGeocoding/districtKey/05562"],
    "geocoding_level": "administrativeDistrict",
    "temporal_start": "2024-12-31",
    "temporal_end": "2025-06-30",
}


class Killed(BaseException):
    """The process died here."""


class MemoryStore(ObjectStore):
    """An object store in a dictionary that counts what is written and can die before a write."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], tuple[bytes, str]] = {}
        self.written: list[str] = []
        self.die_before: int | None = None

    def get(self, bucket: str, key: str) -> bytes:
        found = self.get_with_etag(bucket, key)
        if found is None:
            raise NotFound(key)
        return found[0]

    def get_with_etag(self, bucket: str, key: str) -> tuple[bytes, str] | None:
        found = self.objects.get((bucket, key))
        return (found[0], hashlib.md5(found[0], usedforsecurity=False).hexdigest()) if found else None

    def put(self, bucket: str, key: str, data: bytes, content_type: str = "") -> None:
        if self.die_before is not None and len(self.written) >= self.die_before:
            raise Killed(key)
        self.objects[bucket, key] = (data, content_type)
        self.written.append(key)

    def put_new(self, bucket: str, key: str, data: bytes, content_type: str = "") -> bool:
        if (bucket, key) in self.objects:
            return False
        self.put(bucket, key, data, content_type)
        return True

    def put_if_match(self, bucket: str, key: str, data: bytes, etag: str | None, content_type: str = "") -> None:
        found = self.get_with_etag(bucket, key)
        if (found[1] if found else None) != etag:
            raise Conflict(key)
        self.put(bucket, key, data, content_type)

    def public(self, ending: str = "") -> dict[str, bytes]:
        """Published objects whose key ends so."""
        return {k: v[0] for (bucket, k), v in self.objects.items() if bucket == names.PUBLIC and k.endswith(ending)}


class House:
    """Releases that can be changed and published."""

    def __init__(self, shapes: Path | None = None) -> None:
        self.store = MemoryStore()
        self.marts = {"mart_connectivity": COVERAGE, "mart_grants": GRANTS}
        self.read: list[tuple[str, int, tuple[str, ...]]] = []
        self.settings = Settings.model_construct(
            s3_endpoint="http://minio.internal:9000",
            s3_region="x",
            base_iri=BASE,
            dcat_shapes_dir=shapes,
        )
        self.manifest: dict[str, Any] = {
            "release": 1,
            "previous": None,
            "run_id": "test",
            "created_at": "2026-11-22T11:00:00Z",
            "code": "0",
            "silver": {},
            "marts": {
                "mart_connectivity": self._mart("mart_connectivity", ["breitbandatlas__household_coverage"]),
                "mart_grants": self._mart("mart_grants", ["esf_nrw__grant"]),
            },
            "publications": [
                {
                    "dataset": "connectivity",
                    "mart": "mart_connectivity",
                    "description": "d",
                    "meta": copy.deepcopy(META),
                },
                {
                    "dataset": "grants",
                    "mart": "mart_grants",
                    "description": "d",
                    "meta": {**copy.deepcopy(META), "dataset": "grants", "title_de": "Förderungen"},
                },
            ],
            "feeds": {
                "breitbandatlas__household_coverage": {
                    "title": "Breitbandatlas",
                    "licence": {"id": DL_BY, "attribution": "© Bundesnetzagentur, Breitbandatlas"},
                    "licence_note": "",
                    "deliveries": [],
                },
                "esf_nrw__grant": {
                    "title": "ESF-Transparenzliste",
                    "licence": None,
                    "licence_note": "the list names no licence",
                    "deliveries": [],
                },
            },
        }

    def _mart(self, name: str, inputs: list[str]) -> dict[str, Any]:
        columns = [
            {
                "name": c,
                "type": "t",
                "description": f"Beschreibung {c}",
                "label_de": f"Label {c}",
                "unit": None,
                "publish": True,
            }
            for c in self.marts[name].column_names
        ]
        for column in columns:
            if column["name"] == "officer":
                column |= {"publish": False, "description": "Sachbearbeitung"}
            if column["name"] == "households_pct":
                column["unit"] = "%"
        return {
            "version": 7,
            "uri": f"s3://lake/marts/{name}",
            "rows": self.marts[name].num_rows,
            "checksum": "x",
            "description": "d",
            "inputs": inputs,
            "columns": columns,
            "files": [],
        }

    def columns(self, mart: str = "mart_connectivity") -> list[dict[str, Any]]:
        """Columns of a mart as the manifest has them."""
        columns: list[dict[str, Any]] = self.manifest["marts"][mart]["columns"]
        return columns

    def license_grants(self) -> None:
        """Records the licence that the grants lack."""
        self.manifest["feeds"]["esf_nrw__grant"]["licence"] = {"id": DL_BY, "attribution": "MAGS NRW"}

    def next_release(self, table: pa.Table | None = None, created_at: str = "2026-11-23T11:00:00Z") -> None:
        """Makes the next release, with other rows if they are given."""
        self.manifest["release"] += 1
        self.manifest["created_at"] = created_at
        if table is not None:
            self.marts = {**self.marts, "mart_connectivity": table}
            self.manifest["marts"]["mart_connectivity"]["rows"] = table.num_rows

    def publish(self, release: int | None = None, now: dt.datetime = NOW) -> PublishReport:
        """Writes manifest and pointer, then publishes."""
        if release is None:
            number = self.manifest["release"]
            objects = self.store.objects
            if before := objects.get((names.RELEASES, names.manifest_key(number - 1))):
                self.manifest["previous"] = seal_of(number - 1, before[0]).model_dump()
            body = json.dumps(self.manifest).encode()
            objects[names.RELEASES, names.manifest_key(number)] = (body, "")
            seal = seal_of(number, body)
            pointer = Pointer(current=seal, newest=seal, switched_at=NOW).model_dump_json().encode()
            objects[names.RELEASES, names.RELEASE_POINTER] = (pointer, "")
        self.store.written.clear()
        return publish(self.settings, release, store=self.store, reader=self._read, now=now)

    def _read(self, mart: MartPin, columns: Sequence[str]) -> pa.Table:
        name = mart.uri.rsplit("/", 1)[1]
        self.read.append((name, mart.version, tuple(columns)))
        return self.marts[name].select(list(columns))

    @property
    def entry(self) -> str:
        """The entry object."""
        return self.store.get(names.PUBLIC, "catalog.ttl").decode()


DATASET = URIRef(f"{BASE}/dataset/connectivity")
CHANGED = COVERAGE.set_column(3, "households", pa.array([38212, 36120, 36003]))


def described(house: House, predicate: URIRef = DCTERMS.modified) -> str:
    """What the entry object says about the dataset."""
    return str(Graph().parse(data=house.entry).value(DATASET, predicate)).replace("+00:00", "Z")


def content_ids(house: House) -> set[str]:
    return {key.split("/")[2] for key in house.store.public() if key.startswith("files/connectivity/")}
