"""What stops a publication, and what it then says; the entry object stays."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pyarrow as pa
import pytest
import yaml
from rdflib import DCAT, DCTERMS, Graph, Literal, URIRef

from lakehouse import names
from lakehouse.lake.release import Publication
from lakehouse.settings import CHECKOUT
from lakehouse.storage import NotFound
from opendata import PublishRefused, meta, publisher
from tests.unit.opendata.house import (
    BASE,
    CHANGED,
    COVERAGE,
    DATASET,
    House,
    described,
)


def test_a_published_dataset_that_is_held_back_later_stops_the_run(house: House) -> None:
    house.license_grants()
    house.publish()
    before = house.entry
    house.next_release(CHANGED)
    house.manifest["feeds"]["esf_nrw__grant"]["licence"] = None
    with pytest.raises(
        PublishRefused, match=r"grants would be lost \(it is held back.*sources/esf_nrw__grant"
    ) as refused:
        house.publish()
    assert [held.dataset for held in refused.value.held_back] == ["grants"]
    assert house.entry == before
    assert house.store.written == []


def test_a_release_without_a_published_dataset_stops_the_run(house: House) -> None:
    house.license_grants()
    house.publish()
    house.next_release()
    del house.manifest["publications"][1]
    with pytest.raises(PublishRefused, match="grants would be lost .*release 2 does not have it"):
        house.publish()


def test_a_dataset_can_be_withdrawn_on_purpose(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.license_grants()
    house.publish()
    withdrawn = publisher.Withdrawn(dataset="grants", since=dt.date(2026, 1, 1), reason="replaced")
    facts = publisher.load().model_copy(update={"withdrawn": [withdrawn]})
    monkeypatch.setattr(publisher, "load", lambda: facts)
    report = house.publish()
    assert [held.reason for held in report.held_back] == ["withdrawn: replaced"]
    assert "dataset/grants" not in house.entry
    assert Literal("2026-12-24T12:00:00Z", datatype=URIRef("http://www.w3.org/2001/XMLSchema#dateTime")) in set(
        Graph().parse(data=house.entry).objects(URIRef(f"{BASE}/catalog"), DCTERMS.modified)
    )


def test_an_empty_catalogue_is_never_published(house: House) -> None:
    del house.manifest["publications"][0]
    with pytest.raises(PublishRefused, match="no dataset that may leave") as refused:
        house.publish()
    assert [held.dataset for held in refused.value.held_back] == ["grants"]
    assert house.store.public() == {}


def test_an_empty_mart_is_held_back(house: House) -> None:
    house.license_grants()
    house.manifest["marts"]["mart_grants"]["rows"] = 0
    assert house.publish().held_back[0].reason == "it has no rows"


def test_rows_that_the_release_does_not_know_stop_the_run(house: House) -> None:
    house.manifest["marts"]["mart_connectivity"]["rows"] = 4
    with pytest.raises(PublishRefused, match="has 3 rows, the release says 4"):
        house.publish()


@pytest.mark.parametrize("damage", [b"not turtle <", b"", b"<http://a> <http://b> <http://c> ."])
def test_an_entry_object_that_cannot_be_read_stops_the_run(house: House, damage: bytes) -> None:
    house.publish()
    house.store.objects[names.PUBLIC, "catalog.ttl"] = (damage, "")
    with pytest.raises(PublishRefused, match="losses cannot be ruled out"):
        house.publish()


def test_an_index_that_is_gone_stops_the_run(house: House) -> None:
    house.publish()
    (key,) = house.store.public("index.json")
    del house.store.objects[names.PUBLIC, key]
    with pytest.raises(PublishRefused, match="losses cannot be ruled out"):
        house.publish()


def test_another_base_address_stops_the_run(house: House) -> None:
    house.publish()
    house.settings = house.settings.model_copy(update={"base_iri": "https://other.example.org/public"})
    with pytest.raises(PublishRefused, match="identifiers never change"):
        house.publish()


def test_on_loopback_the_base_address_may_change(house: House) -> None:
    for port in (9000, 9001):
        house.settings = house.settings.model_copy(update={"base_iri": f"http://127.0.0.1:{port}/public"})
        assert house.publish().switched


@pytest.mark.parametrize("ending", [".csv", ".csv-metadata.json", ".parquet"])
def test_published_files_never_change(house: House, ending: str) -> None:
    house.publish()
    (key,) = house.store.public(ending)
    house.store.objects[names.PUBLIC, key] = (b"tampered", "")
    with pytest.raises(PublishRefused, match=re.escape(key)):
        house.publish()
    assert house.store.public()[key] == b"tampered"


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: b"x" + data[1:]], ids=["cut", "changed"])
def test_what_was_uploaded_is_read_back(house: House, monkeypatch: pytest.MonkeyPatch, damage: Any) -> None:
    put_new = house.store.put_new

    def damaged(bucket: str, key: str, data: bytes, content_type: str = "") -> bool:
        return put_new(bucket, key, damage(data) if key.endswith(".csv") else data, content_type)

    monkeypatch.setattr(house.store, "put_new", damaged)
    with pytest.raises(PublishRefused, match=r"\.csv does not have the size and checksum"):
        house.publish()
    assert "catalog.ttl" not in house.store.public()


def test_a_lost_object_stops_the_switch(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    put_new = house.store.put_new
    monkeypatch.setattr(house.store, "put_new", lambda b, k, *rest: k.endswith(".parquet") or put_new(b, k, *rest))
    with pytest.raises(PublishRefused, match=r"\.parquet does not exist"):
        house.publish()
    assert "catalog.ttl" not in house.store.public()


def test_files_that_were_deleted_come_back(house: House) -> None:
    house.publish()
    (key,) = house.store.public(".parquet")
    del house.store.objects[names.PUBLIC, key]
    assert house.publish().uploaded == 1
    assert key in house.store.public()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"themes": ["XXXX"]}, "no EU data themes"),
        ({"accrual_periodicity": "SOMETIMES"}, "no EU frequency"),
        ({"geocoding_level": "kreis"}, "not a level of political geocoding"),
        ({"spatial": ["Kreis Recklinghausen"]}, "spatial"),
        ({"keywords_de": []}, "keywords_de"),
        ({"title_de": " "}, "title_de"),
        ({"titel": "x"}, "titel"),
        ({"temporal_end": "2001-01-01"}, "before temporal_start"),
        ({"temporal": {"column": "reference_date"}}, "have no place"),
        ({"hvd": True}, "high-value"),
        ({"dataset": "Other/../x"}, "dataset"),
        ({"dataset": "another"}, "names the dataset another"),
    ],
)
def test_a_wrong_exposure_is_named(house: House, change: dict[str, Any], words: str) -> None:
    house.manifest["publications"][0]["meta"] |= change
    with pytest.raises(PublishRefused, match=words):
        house.publish()


@pytest.mark.parametrize(
    ("column", "values", "start", "end"),
    [
        ("reference_date", None, "2024-12-31", "2025-06-30"),
        ("households", pa.array([2006, None, 2015]), "2006-01-01", "2015-12-31"),
        ("loaded_at", None, "2026-01-01", "2026-01-01"),
    ],
)
def test_the_period_can_come_from_the_rows(house: House, column: str, values: Any, start: str, end: str) -> None:
    meta = house.manifest["publications"][0]["meta"]
    del meta["temporal_start"], meta["temporal_end"]
    meta["temporal"] = {"column": column}
    if values is not None:
        house.marts["mart_connectivity"] = COVERAGE.set_column(3, column, values)
    house.publish()
    period = URIRef(f"{DATASET}#temporal")
    graph = Graph().parse(data=house.entry)
    assert [str(graph.value(period, p)) for p in (DCAT.startDate, DCAT.endDate)] == [start, end]


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("officer", "officer, which is not published"),
        ("ags", "neither dates nor years"),
        ("x", "x, which is not published"),
    ],
)
def test_a_period_of_a_column_that_cannot_tell_it_is_refused(house: House, column: str, words: str) -> None:
    meta = house.manifest["publications"][0]["meta"]
    del meta["temporal_start"], meta["temporal_end"]
    meta["temporal"] = {"column": column}
    with pytest.raises(PublishRefused, match=words):
        house.publish()


def test_an_exposure_of_no_mart_or_of_a_taken_name_is_named(house: House) -> None:
    house.manifest["publications"][0]["mart"] = "mart_x"
    with pytest.raises(PublishRefused, match="has no mart mart_x"):
        house.publish()
    house.manifest["publications"] = [house.manifest["publications"][1]] * 2
    with pytest.raises(PublishRefused, match="two exposures publish the same dataset: grants"):
        house.publish()


def test_a_release_that_does_not_exist_is_named(house: House) -> None:
    house.publish()
    with pytest.raises(NotFound):
        house.publish(release=9)


def test_index_and_catalogue_agree(house: House) -> None:
    house.publish()
    (body,) = house.store.public("index.json").values()
    state = json.loads(body)["datasets"]["connectivity"]
    assert state["modified"] == described(house)
    for kind in ("csv", "parquet"):
        assert f"<{BASE}/{state[kind]['key']}>" in house.entry
        assert state[kind]["sha256"] in house.entry
    assert house.store.objects[names.PUBLIC, "catalog.ttl"][1] == "text/turtle; charset=utf-8"


def test_the_exposures_of_this_project_are_understood() -> None:
    found = [
        exposure
        for path in sorted((CHECKOUT / "dbt" / "models").rglob("*.yml"))
        for exposure in (yaml.safe_load(path.read_text("utf-8")) or {}).get("exposures", [])
    ]
    assert found
    for exposure in found:
        described = exposure["config"]["meta"]
        meta.parse(Publication(dataset=described["dataset"], mart="m", description="d", meta=described))


def test_what_is_built_on_fictitious_data_stays_in_the_house_whatever_its_licence(house: House) -> None:
    house.license_grants()
    house.manifest["feeds"]["esf_nrw__grant"]["fictitious"] = True
    report = house.publish()
    assert [(held.dataset, held.reason, held.remedy) for held in report.held_back] == [
        (
            "grants",
            "feed esf_nrw__grant holds fictitious data",
            "publish it when the administrations have delivered real data",
        )
    ]
    assert "dataset/grants" not in house.entry and "dataset/connectivity" in house.entry
    assert [key for key in house.store.public() if key.startswith("files/grants/")] == []


def test_one_fictitious_feed_among_real_ones_holds_a_dataset_back(house: House) -> None:
    house.license_grants()
    house.publish()
    before = house.entry
    house.next_release(CHANGED)
    house.manifest["feeds"]["vest__approval"] = {**house.manifest["feeds"]["esf_nrw__grant"], "fictitious": True}
    house.manifest["marts"]["mart_grants"]["inputs"].append("vest__approval")
    with pytest.raises(PublishRefused, match="grants would be lost .*feed vest__approval holds fictitious data"):
        house.publish()
    assert house.entry == before and house.store.written == []
