"""The job as a whole, on a store in memory."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import yaml
from rdflib import DCAT, DCTERMS, Graph, Literal, URIRef

from lakehouse import names
from lakehouse.lake.release import Publication
from lakehouse.settings import CHECKOUT
from lakehouse.storage import NotFound
from opendata import PublishRefused, meta, publisher
from opendata.catalogue import VERSION
from tests.unit.opendata.house import BASE, COVERAGE, DL_BY, NOW, House, Killed

DATASET = URIRef(f"{BASE}/dataset/connectivity")
CHANGED = COVERAGE.set_column(3, "households", pa.array([38212, 36120, 36003]))


def described(house: House, predicate: URIRef = DCTERMS.modified) -> str:
    """What the entry object says about the dataset."""
    return str(Graph().parse(data=house.entry).value(DATASET, predicate)).replace("+00:00", "Z")


def content_ids(house: House) -> set[str]:
    return {key.split("/")[2] for key in house.store.public() if key.startswith("files/connectivity/")}


def test_open_data_leaves_and_data_without_licence_is_held_back(house: House) -> None:
    report = house.publish()
    assert [item.dataset for item in report.published] == ["connectivity"]
    (held,) = report.held_back
    assert held.dataset == "grants"
    assert "esf_nrw__grant has no recorded open licence" in held.reason
    assert "record an open licence in sources/esf_nrw__grant/source.yml" in held.remedy
    assert not any("grants" in key for key in house.store.public())
    assert "grants" not in house.entry
    assert report.shapes_checked is False
    assert report.catalogue_url == f"{BASE}/catalog.ttl"


def test_only_the_marts_that_may_leave_are_read_at_their_pinned_version(house: House) -> None:
    house.publish()
    assert house.read == [
        ("mart_connectivity", 7, ("ags", "reference_date", "households_pct", "households", "loaded_at"))
    ]


@pytest.mark.parametrize(
    ("licence", "words"),
    [
        ({"id": "http://dcat-ap.de/def/licenses/cc-by-nc/4.0", "attribution": "x"}, "is not an open licence"),
        ({"id": "http://dcat-ap.de/def/licenses/other-closed", "attribution": "x"}, "is not an open licence"),
        ({"id": "http://dcat-ap.de/def/licenses/invented", "attribution": "x"}, "is not an open licence"),
        ({"id": DL_BY, "attribution": " "}, "attribution text"),
        ({"id": "http://dcat-ap.de/def/licenses/odbl", "attribution": "x"}, "only be passed on under"),
    ],
)
def test_licences_that_do_not_allow_it_hold_back(house: House, licence: dict[str, str], words: str) -> None:
    house.manifest["feeds"]["esf_nrw__grant"]["licence"] = licence
    (held,) = house.publish().held_back
    assert words in held.reason


@pytest.mark.parametrize(
    "own", ["http://dcat-ap.de/def/licenses/dl-zero-de/2.0", "http://dcat-ap.de/def/licenses/cc-by-nc"]
)
def test_own_licence_must_be_open_and_keep_the_attribution(house: House, own: str) -> None:
    house.license_grants()
    house.manifest["publications"][1]["meta"]["licence"] = own
    (held,) = house.publish().held_back
    assert own in held.reason


def test_share_alike_data_leave_under_the_same_licence(house: House) -> None:
    odbl = "http://dcat-ap.de/def/licenses/odbl"
    house.manifest["feeds"]["esf_nrw__grant"]["licence"] = {"id": odbl, "attribution": "x"}
    house.manifest["publications"][1]["meta"]["licence"] = odbl
    assert house.publish().held_back == ()


def test_every_feed_behind_a_mart_counts(house: House) -> None:
    house.license_grants()
    house.manifest["marts"]["mart_grants"]["inputs"] += ["breitbandatlas__household_coverage", "unknown__feed"]
    (held,) = house.publish().held_back
    assert "feed unknown__feed has no recorded open licence" in held.reason
    assert "breitbandatlas" not in held.reason


def test_a_mart_that_names_no_feed_is_held_back(house: House) -> None:
    house.manifest["marts"]["mart_grants"]["inputs"] = []
    assert "names no feed" in house.publish().held_back[0].reason


def test_attributions_of_all_feeds_are_combined(house: House) -> None:
    house.license_grants()
    house.manifest["marts"]["mart_connectivity"]["inputs"] += ["esf_nrw__grant"]
    house.publish()
    assert '"© Bundesnetzagentur, Breitbandatlas; MAGS NRW (Daten bearbeitet)"@de' in house.entry


def test_columns_that_are_not_marked_never_leave(house: House) -> None:
    house.publish()
    for key, data in house.store.public().items():
        for secret in (b"officer", b"Mustermann", b"Sachbearbeitung"):
            assert secret not in data, key


def test_without_a_publishable_column_nothing_leaves(house: House) -> None:
    house.license_grants()
    for column in house.columns("mart_grants"):
        column["publish"] = False
    assert house.publish().held_back[0].reason == "no column may be published"


def test_no_internal_address_leaves(house: House) -> None:
    house.publish()
    for key, data in house.store.public().items():
        assert not re.search(rb"s3a?://|minio\.internal", data), key
    house.columns()[0]["description"] = "aus s3://lake/silver/x"
    with pytest.raises(PublishRefused, match="'s3://' is an internal address"):
        house.publish()


def test_the_second_run_uploads_and_switches_nothing(house: House) -> None:
    first = house.publish()
    assert (first.uploaded, first.switched) == (5, True)
    before = dict(house.store.objects)
    second = house.publish(now=NOW + dt.timedelta(days=9))
    assert (second.uploaded, second.switched) == (0, False)
    assert [item.changed for item in second.published] == [False]
    assert house.store.written == []
    assert house.store.objects == before


def test_every_publication_leaves_a_report_also_that_of_an_older_release(house: House) -> None:
    def report(release: int) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(house.store.get(names.LAKE, names.publication_key(release)))
        return found

    house.publish()
    assert [(d["dataset"], d["rows"]) for d in report(1)["published"]] == [("connectivity", COVERAGE.num_rows)]
    assert [held["dataset"] for held in report(1)["held_back"]] == ["grants"]
    house.next_release(CHANGED)
    house.publish()
    assert report(2)["published"][0]["content_id"] != report(1)["published"][0]["content_id"]
    del house.store.objects[names.LAKE, names.publication_key(1)]
    again = house.publish(release=1)
    assert report(1)["published"][0]["content_id"] == again.published[0].content_id


def test_equal_rows_in_a_new_release_keep_address_version_and_time(house: House) -> None:
    house.publish()
    before = described(house), described(house, VERSION), content_ids(house)
    house.next_release(COVERAGE.take([2, 0, 1]))
    report = house.publish()
    assert report.release == 2
    assert (described(house), described(house, VERSION), content_ids(house)) == before
    assert [key for key in house.store.written if key.startswith("files/")] == []
    assert "/catalog/2/" in house.entry


def test_other_rows_move_time_and_version_and_get_an_address_of_their_own(house: House) -> None:
    (old,) = house.publish().published
    assert described(house) == "2026-11-22T11:00:00Z"
    house.next_release(CHANGED)
    (new,) = house.publish().published
    assert new.changed
    assert not set(new.addresses) & set(old.addresses)
    assert described(house) == "2026-11-23T11:00:00Z"
    assert described(house, DCTERMS.issued) == "2026-11-22T11:00:00Z"
    assert described(house, VERSION) == "1.0.1"
    assert content_ids(house) == {old.content_id, new.content_id}, "the old files stay"


def test_versions_tell_what_changed_in_the_columns(house: House) -> None:
    house.columns()[3]["publish"] = False
    house.publish()
    house.columns()[3]["publish"] = True
    house.next_release()
    house.publish()
    assert described(house, VERSION) == "1.1.0"
    house.columns()[2]["publish"] = False
    house.next_release(created_at="2026-11-24T11:00:00Z")
    house.publish()
    assert described(house, VERSION) == "2.0.0"
    house.next_release(
        COVERAGE.set_column(3, "households", pc.cast(COVERAGE["households"], pa.float64())), "2026-11-25T11:00:00Z"
    )
    house.publish()
    assert described(house, VERSION) == "3.0.0"


def test_identifiers_never_hold_a_version(house: House) -> None:
    def stable() -> set[str]:
        graph = Graph().parse(data=house.entry)
        iris = {str(node) for node in graph.subjects() if str(node).startswith(BASE) and "/files/" not in str(node)}
        return iris | {str(value) for value in graph.objects(None, DCTERMS.identifier)}

    house.publish()
    before = stable()
    assert "kreis-recklinghausen:connectivity" in before
    house.next_release(CHANGED)
    house.publish()
    assert stable() == before


def test_an_older_release_can_be_shown_again_and_time_moves_forward(house: House) -> None:
    (old,) = house.publish().published
    house.next_release(CHANGED)
    house.publish()
    house.marts["mart_connectivity"] = COVERAGE
    report = house.publish(release=1)
    assert report.release == 1
    assert report.published[0].addresses == old.addresses
    assert described(house) == "2026-12-24T12:00:00Z"
    assert described(house, VERSION) == "1.0.2"
    assert [key for key in house.store.written if key.startswith("files/")] == []


def test_a_clock_that_is_behind_never_moves_time_backward(house: House) -> None:
    house.publish()
    house.next_release(CHANGED, created_at="2026-11-01T11:00:00Z")
    house.publish(now=dt.datetime(2026, 11, 2, tzinfo=dt.UTC))
    assert described(house) == "2026-11-22T11:00:01Z"


@pytest.mark.parametrize("writes", range(5))
def test_killed_anywhere_and_run_again_gives_the_same(writes: int) -> None:
    calm, killed = House(), House()
    for house in (calm, killed):
        house.publish()
        house.next_release(CHANGED)
    calm.publish()
    before = killed.entry
    killed.store.die_before = writes
    with pytest.raises(Killed):
        killed.publish()
    assert killed.entry == before, "the entry object is switched last"
    killed.store.die_before = None
    assert killed.publish(now=NOW + dt.timedelta(hours=1)).switched
    assert killed.store.objects == calm.store.objects


def test_two_at_once_do_not_overwrite_each_other(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.publish()
    house.next_release(CHANGED)
    read = house._read

    def meanwhile(*args: Any) -> pa.Table:
        house.store.objects[names.PUBLIC, "catalog.ttl"] = (b"of the other one", "")
        return read(*args)

    monkeypatch.setattr(house, "_read", meanwhile)
    with pytest.raises(PublishRefused, match="somebody else published"):
        house.publish()
    assert house.entry == "of the other one"


def test_the_same_run_twice_at_once_gives_the_same(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    read = house._read
    second: list[Any] = []

    def meanwhile(*args: Any) -> pa.Table:
        if not second:
            second.append(None)
            second[0] = house.publish()
        return read(*args)

    monkeypatch.setattr(house, "_read", meanwhile)
    first = house.publish()
    assert (first.uploaded, first.switched) == (0, False)
    assert (second[0].uploaded, second[0].switched) == (5, True)


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
        ({"geocoding_level": "kreis"}, "no level of political geocoding"),
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
