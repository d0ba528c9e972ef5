"""Lists that are asked only for what is newer than their last delivery: OParl, SensorThings, NGSI-LD."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from lakehouse.errors import FetchError
from tests.support.loopback import Feeds, answer, routes
from tests.support.paged import OPARL, fetch, members, oparl


class Delivery:
    etag = last_modified = None
    fetched_at = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def test_oparl_asks_for_what_was_modified_since(feeds: Feeds, tmp_path: Path) -> None:
    declared = {**OPARL, "incremental": True, "timeout_s": 600}
    last = {f"{feeds.base}/oparl/body/1/paper": Delivery()}
    since = "/oparl/body/1/paper?modified_since=2026-03-01T10%3A50%3A00%2B00%3A00"  # less ten minutes, less an hour
    feeds.answers(routes({since: {"data": [7]}}))
    fetched = fetch(feeds, tmp_path / "1", declared, last)
    assert fetched and fetched.address == f"{feeds.base}/oparl/body/1/paper", "the next run finds its receipt"
    feeds.answers(routes({since: {"data": []}}))
    assert fetch(feeds, tmp_path / "2", declared, last) is None
    feeds.answers(routes(oparl([1])))
    assert fetch(feeds, tmp_path / "3", declared), "the first time everything"
    assert fetch(feeds, tmp_path / "4", {**declared, "incremental": False}, last)


SENSORTHINGS = {
    "connector": "rest",
    "address": "v1.1/Observations?$expand=Datastream",
    "pages": {"next": "$['@iot.nextLink']", "items": "$.value"},
    "resume": {"parameter": "$filter", "value": "resultTime ge {since}", "overlap_hours": 24},
    "timeout_s": 600,
}
OBSERVATIONS = "/v1.1/Observations?$expand=Datastream&%24filter=resultTime+ge+"


def test_sensorthings_goes_on_from_its_last_result_time(feeds: Feeds, tmp_path: Path) -> None:
    more = "/v1.1/Observations?$filter=resultTime%20ge%20x&$skip=2"
    first = {"value": [{"@iot.id": 1}, {"@iot.id": 2}], "@iot.nextLink": feeds.base + more}
    feeds.answers(routes({f"{OBSERVATIONS}1970-01-01T00%3A00%3A00Z": first, more: {"value": [{"@iot.id": 3}]}}))
    fetched = fetch(feeds, tmp_path / "1", SENSORTHINGS)
    assert fetched and fetched.address == f"{feeds.base}/v1.1/Observations?$expand=Datastream"
    assert [json.loads(page)["value"] for page in members(fetched).values()] == [first["value"], [{"@iot.id": 3}]]

    last = {fetched.address: Delivery()}
    # less ten minutes, less an hour, less a day: a result that its server got late comes too, and twice does no harm
    since = f"{OBSERVATIONS}2026-02-28T10%3A50%3A00Z"
    feeds.answers(routes({since: {"value": [{"@iot.id": 3}, {"@iot.id": 4}]}}))
    assert fetch(feeds, tmp_path / "2", SENSORTHINGS, last)
    feeds.answers(routes({since: {"value": []}}))
    assert fetch(feeds, tmp_path / "3", SENSORTHINGS, last) is None, "nothing new is no delivery"


def test_ngsi_ld_goes_on_by_its_header(feeds: Feeds, tmp_path: Path) -> None:
    declared = {
        "connector": "rest",
        "address": "ngsi-ld/v1/temporal/entities?type=Tree&timerel=after",
        "pages": {"next": "header", "items": "$", "size_parameter": "limit", "size": 2},
        "resume": {"parameter": "timeAt", "value": "{since}", "begin": "2026-01-01T01:00:00+01:00"},
    }
    first = "/ngsi-ld/v1/temporal/entities?type=Tree&timerel=after&timeAt=2026-01-01T00%3A00%3A00Z&limit=2"
    feeds.answers(
        routes(
            {
                first: answer(body=b'[{"id": "a"}, {"id": "b"}]', Link='<?page=2>; rel="next"'),
                "/ngsi-ld/v1/temporal/entities?page=2": answer(body=b'[{"id": "c"}]'),
            }
        )
    )
    assert list(members(fetch(feeds, tmp_path, declared)).values()) == [b'[{"id": "a"}, {"id": "b"}]', b'[{"id": "c"}]']


@pytest.mark.parametrize(
    ("answered", "why"),
    [
        ({"value": [1], "@iot.nextLink": "http://elsewhere.example/v1.1/Observations"}, "elsewhere.example"),
        ({"value": [1], "@iot.nextLink": 7}, "is not an address"),
        ({"value": {"a": 1}}, "holds no list in"),
        ({"code": 500, "message": "no such filter"}, "holds \\$.value 0 times instead of once"),
        ([1], "holds \\$.value 0 times instead of once"),
    ],
)
def test_hostile_answers_of_sensorthings(feeds: Feeds, tmp_path: Path, answered: object, why: str) -> None:
    feeds.answers(routes({f"{OBSERVATIONS}1970-01-01T00%3A00%3A00Z": answered}))
    with pytest.raises(FetchError, match=why):
        fetch(feeds, tmp_path, SENSORTHINGS)


def test_a_link_to_the_same_page_ends_the_list_with_an_error(feeds: Feeds, tmp_path: Path) -> None:
    first = f"{OBSERVATIONS}1970-01-01T00%3A00%3A00Z"
    feeds.answers(routes({first: {"value": [1], "@iot.nextLink": feeds.base + first}}))
    with pytest.raises(FetchError, match="page 1 links back to page 1"):
        fetch(feeds, tmp_path, SENSORTHINGS)
