"""The job as a whole, on a store in memory."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from rdflib import DCTERMS, Graph

from lakehouse import names
from opendata import PublishRefused
from opendata.catalogue import VERSION
from tests.unit.opendata.house import (
    BASE,
    CHANGED,
    COVERAGE,
    DL_BY,
    NOW,
    House,
    Killed,
    content_ids,
    described,
)


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
