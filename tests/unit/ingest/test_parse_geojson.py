"""GeoJSON in its declared coordinate reference system arrives as longitude and latitude."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from lakehouse.errors import SpecError
from tests.support import example
from tests.unit.ingest.test_parse_formats import columns, parsed, values
from tests.unit.ingest.test_parse_shapes import errors, refused

UTM = "EPSG:25832"
PLACE = ["/geometry/coordinates/0", "/geometry/coordinates/1"]
HERE, THERE = ["7.1222979", "51.6159992"], ["7.1367335", "51.6162293"]
KREIS = [6.9, 51.4, 7.5, 51.9]


def form(crs: str = UTM, records: str = "$.features[*]", **more: Any) -> dict[str, Any]:
    return {"type": "json", "records": records, "coordinates": {"crs": crs, **more}}


def feature(geometry: str, **members: Any) -> str:
    return json.dumps({"type": "Feature", **members})[:-1] + f', "geometry": {geometry}}}'


def point(coordinates: str) -> str:
    return f'{{"type": "Point", "coordinates": {coordinates}}}'


def document(*geometries: str, crs: Any = None, last: bool = False, **members: Any) -> str:
    said = "" if crs is None else f', "crs": {json.dumps(crs)}'
    features = ", ".join(feature(geometry, **members) for geometry in geometries)
    after, before = (said, "") if last else ("", said)
    return f'{{"type": "FeatureCollection"{before}, "features": [{features}]{after}}}'


def named(name: str) -> dict[str, Any]:
    return {"type": "name", "properties": {"name": name}}


def mercator(longitude: float, latitude: float) -> tuple[float, float]:
    return (
        math.radians(longitude) * 6378137,
        math.log(math.tan(math.pi / 4 + math.radians(latitude) / 2)) * 6378137,
    )


@pytest.mark.parametrize(
    ("crs", "axes", "coordinates", "expected"),
    [
        (UTM, "xy", "[370000, 5720000]", HERE),
        (UTM, "xy", "[3.7E5, 5720000.00, 61.50]", HERE),
        (UTM, "yx", "[5720000, 370000]", HERE),
        ("EPSG:4326", "yx", "[51.61599920, 7.12229789]", HERE),
        ("EPSG:4326", "xy", "[7.50, -0.00000001]", ["7.5", "0"]),
        ("EPSG:4258", "xy", "[7.1222979, 51.6159992]", HERE),
        ("EPSG:3857", "xy", json.dumps(mercator(7.1222979, 51.6159992)), HERE),
        # the formula of seven parameters for the west of Germany (EPSG:1777)
        ("EPSG:31467", "xy", "[3405694, 5760010]", ["7.62679", "51.9659931"]),
    ],
)
def test_known_answers(crs: str, axes: str, coordinates: str, expected: list[str], tmp_path: Path) -> None:
    text = document(point(coordinates))
    _, rows = parsed(tmp_path, form(crs, axes=axes), text, columns(*PLACE))
    assert values(rows) == [expected]


def test_every_geometry_is_transformed_as_a_whole(tmp_path: Path) -> None:
    a, b, here, there = "[370000, 5720000]", "[371000, 5720000, 61.50]", HERE, [*THERE, "61.50"]
    transformed = {
        point(a): here,
        f'{{"type": "LineString", "coordinates": [{a}, {b}]}}': [here, there],
        f'{{"type": "Polygon", "coordinates": [[{a}, {b}, {b}, {a}], []]}}': [[here, there, there, here], []],
        f'{{"type": "MultiPolygon", "coordinates": [[[{b}]], [[{a}]]]}}': [[[there]], [[here]]],
        point("[]"): [],
    }
    geometries = [*transformed, f'{{"type": "GeometryCollection", "geometries": [{point(a)}, {point(b)}]}}', "null"]
    text = document(*geometries, name="x").replace('"type": "Po', '"bbox": [1, 2, 3, 4], "type": "Po')
    _, rows = parsed(tmp_path, form(extent=KREIS), text, columns("/geometry", "/name"))
    got = [json.loads(row["c0"], parse_float=str, parse_int=str) if row["c0"] else None for row in rows]
    assert [geometry["coordinates"] for geometry in got[:5]] == list(transformed.values())
    assert [part["coordinates"] for part in got[5]["geometries"]] == [here, there]
    assert got[6] is None
    assert rows[0]["c0"] == '{"type":"Point","coordinates":[7.1222979,51.6159992]}', "without the box of before"
    assert '"bbox":[1,2,3,4]' in rows[0]["_raw"]
    assert '"coordinates":[[370000,5720000],[371000,5720000,61.50]]' in rows[1]["_raw"], "as it was delivered"
    assert rows[1]["_raw"].startswith('{"type":"Feature","name":"x","geometry":{'), "the whole record"
    assert rows[6]["_raw"] is None, "nothing differs"


def test_the_record_as_delivered_is_kept_beside_other_text(tmp_path: Path) -> None:
    text = document(point("[370000, 5720000]"), name="Ho\u0308xter", x="\ud83c")
    _, rows = parsed(tmp_path, form(), text, columns("/name", *PLACE))
    assert values(rows) == [["H\u00f6xter", *HERE]]
    assert rows[0]["_raw"] == (
        '{"type":"Feature","name":"Ho\u0308xter","x":"\\ud83c",'
        '"geometry":{"type":"Point","coordinates":[370000,5720000]}}'
    )


OUTSIDE = "outside of the extent 6.9, 51.4, 7.5, 51.9"


@pytest.mark.parametrize(
    ("crs", "coordinates", "reason"),
    [
        (UTM, "[5720000, 370000]", OUTSIDE),
        (UTM, "[7.12, 51.62]", f"has the coordinates 7.12, 51.62 (longitude 4.5113199, latitude 0.0004656 from {UTM})"),
        (UTM, "[0, 0]", OUTSIDE),
        (UTM, "[1e999, 5720000]", "(no place on Earth from EPSG:25832) outside of the extent"),
        ("EPSG:4326", "[51.62, 7.12]", f"51.62, 7.12 (longitude 51.62, latitude 7.12 from EPSG:4326) {OUTSIDE}"),
        ("EPSG:31467", "[370000, 5720000]", OUTSIDE),
        (UTM, "[null, 5720000]", "has the position [null,5720000], which is not two numbers or more"),
        (UTM, '["370000", "5720000"]', "which is not two numbers or more"),
        (UTM, "[370000]", "has the position [370000], which is not"),
        (UTM, "[[370000, 5720000]]", "has the position [[370000,5720000]], which is not two numbers"),
        (UTM, "null", "has null as coordinates of its geometry"),
    ],
)  # fmt: skip
def test_a_place_that_cannot_be_is_quarantined(crs: str, coordinates: str, reason: str, tmp_path: Path) -> None:
    good = json.dumps(Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(7.2, 51.6))
    text = document(point(good), point(coordinates), point(good))
    _, rows = parsed(tmp_path, form(crs, extent=KREIS), text, columns(*PLACE))
    assert errors(rows)[::2] == [None, None]
    assert reason in str(errors(rows)[1])
    assert values(rows)[1] == [None, None]
    assert f'"coordinates":{coordinates}'.replace(", ", ",") in rows[1]["_raw"]
    said = refused(tmp_path, form(crs, extent=KREIS), document(point(coordinates)), columns(*PLACE))
    assert reason in said, "and no record is left"


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        ('{"type": "Curve", "coordinates": []}', 'a geometry of the type "Curve", which GeoJSON does not know'),
        ('{"coordinates": [1, 2]}', "a geometry of the type null"),
        ('{"type": ["Point"], "coordinates": [1, 2]}', 'a geometry of the type ["Point"]'),
        ('{"type": "Point"}', "has nothing as coordinates of its geometry"),
        ('{"type": "Polygon", "coordinates": [[370000, 5720000]]}', "has a number among its coordinates"),
        ('{"type": "GeometryCollection", "geometries": [1]}', "has a number as geometry"),
        ('"POINT (1 2)"', "has a text as geometry"),
    ],
)
def test_what_is_no_geometry_is_quarantined(geometry: str, reason: str, tmp_path: Path) -> None:
    text = document(point("[370000, 5720000]"), geometry)
    _, rows = parsed(tmp_path, form(), text, columns("/geometry/type"))
    assert (rows[0]["_record_error"], reason in rows[1]["_record_error"]) == (None, True)


def test_without_an_extent_the_area_of_use_is_the_limit(tmp_path: Path) -> None:
    text = document(point("[370000, 5720000]"), point("[7.1, 51.6]"))
    _, rows = parsed(tmp_path, form(), text, columns(*PLACE))
    assert str(errors(rows)[1]).endswith("outside of the extent 6, 36.53, 12.01, 84.01")
    # an area over the line of 180 degrees
    pacific = document(point("[0, 0]"), point("[-10000000, 0]"))
    _, rows = parsed(tmp_path, form("EPSG:3832"), pacific, columns(*PLACE))
    assert values(rows)[0] == ["150", "0"]
    assert "outside of the extent 98.69, -60, -68, 66.67" in str(errors(rows)[1])


SAYS_UTM = [
    named("urn:ogc:def:crs:EPSG::25832"),
    named("urn:ogc:def:crs:EPSG:9.9:25832"),
    named("EPSG:25832"),
    named("http://www.opengis.net/def/crs/EPSG/0/25832"),
    named("http://www.opengis.net/gml/srs/epsg.xml#25832"),
    {"type": "EPSG", "properties": {"code": 25832}},
    "EPSG:25832",
]
SAYS_WGS84 = [
    named("urn:ogc:def:crs:OGC:1.3:CRS84"),
    named("urn:ogc:def:crs:OGC::CRS84"),
    named("http://www.opengis.net/def/crs/OGC/1.3/CRS84"),
    named("urn:ogc:def:crs:EPSG::4326"),
    "CRS:84",
]


@pytest.mark.parametrize("records", ["$.features[*]", "$.features[?@.type]"])
@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("crs", [*SAYS_UTM, *SAYS_WGS84], ids=str)
def test_what_the_document_says_must_be_declared(crs: Any, last: bool, records: str, tmp_path: Path) -> None:
    plain = {"type": "json", "records": records}
    metres, degrees = point("[370000, 5720000]"), point("[7.1222979, 51.6159992]")
    if crs in SAYS_UTM:
        metric = document(metres, crs=crs, last=last)
        assert values(parsed(tmp_path, form(records=records), metric, columns(*PLACE))[1]) == [HERE]
        said = refused(tmp_path, plain, metric, columns(*PLACE))
        assert said.endswith("says that its coordinates are in EPSG:25832, and no `coordinates` are declared")
        said = refused(tmp_path, form("EPSG:25833", records), metric, columns(*PLACE))
        assert said.endswith("outside of the extent 12, 34.79, 18.01, 84.01") or said.endswith(
            "says that its coordinates are in EPSG:25832, declared is EPSG:25833"
        )
    else:
        text = document(degrees, crs=crs, last=last)
        assert values(parsed(tmp_path, plain, text, columns(*PLACE))[1]) == [HERE]
        assert values(parsed(tmp_path, form("EPSG:4326", records), text, columns(*PLACE))[1]) == [HERE]
        said = refused(tmp_path, form("EPSG:3857", records), text, columns(*PLACE))
        assert said.endswith("all: says that its coordinates are in EPSG:4326, declared is EPSG:3857")


@pytest.mark.parametrize(
    ("crs", "says"),
    [(named("Gauss-Krueger"), "Gauss-Krueger"), ({"type": "link", "properties": {"href": "x"}}, '{"type":"link"')],
)
def test_a_name_that_nobody_knows_is_not_wgs84(crs: Any, says: str, tmp_path: Path) -> None:
    text = document(point("[7, 51]"), crs=crs)
    plain = {"type": "json", "records": "$.features[*]"}
    assert f"says that its coordinates are in {says}" in refused(tmp_path, plain, text, columns(*PLACE))


def test_a_crs_that_is_none_of_geojson_is_data(tmp_path: Path) -> None:
    plain = {"type": "json", "records": "$.items[*]"}
    text = '{"crs": "EPSG:25832", "items": [{"crs": "EPSG:25832", "geometry": "POINT (1 2)"}]}'
    assert values(parsed(tmp_path, plain, text, columns("/crs"))[1]) == [["EPSG:25832"]]
    assert values(parsed(tmp_path, plain, text.replace('"EPSG:25832"', "null"), columns("/crs"))[1]) == [[None]]


def test_a_geometry_that_says_another_system_is_quarantined(tmp_path: Path) -> None:
    said = json.dumps(named("EPSG:25832"))
    metric = point("[370000, 5720000]")[:-1] + f', "crs": {said}}}'
    _, rows = parsed(tmp_path, form(), document(metric), columns(*PLACE, "/geometry"))
    assert values(rows) == [[*HERE, '{"type":"Point","coordinates":[7.1222979,51.6159992]}']]
    plain = {"type": "json", "records": "$.features[*]"}
    _, rows = parsed(tmp_path, plain, document(point("[7, 51]"), metric), columns(*PLACE))
    expected = "says that its coordinates are in EPSG:25832, and no `coordinates` are declared"
    assert errors(rows) == [None, expected]


def test_lines_of_features(tmp_path: Path) -> None:
    format_ = {**form(records="$"), "lines": True}
    text = f"{feature(point('[370000, 5720000]'))}\n{feature(point('[7.1, 51.6]'))}\n"
    _, rows = parsed(tmp_path, format_, text, columns(*PLACE))
    assert (values(rows)[0], "outside of the extent" in str(errors(rows)[1])) == (HERE, True)
    said = feature(point("[1, 2]"), crs=named("EPSG:3857"))
    _, rows = parsed(tmp_path, format_, f"{feature(point('[370000, 5720000]'))}\n{said}\n", columns(*PLACE))
    assert errors(rows) == [None, "says that its coordinates are in EPSG:3857, declared is EPSG:25832 (line 2)"]


PLACES = st.lists(st.tuples(st.floats(6.9, 7.5), st.floats(51.4, 51.9)), min_size=1, max_size=5)


@settings(max_examples=100, deadline=None)
@given(
    places=PLACES,
    crs=st.sampled_from([UTM, "EPSG:25833", "EPSG:3857", "EPSG:31466", "EPSG:31467", "EPSG:4647", "EPSG:4258"]),
    axes=st.sampled_from(["xy", "yx"]),
    form_=st.sampled_from(["document", "whole", "lines"]),
)
def test_a_table_comes_out_as_it_was_written(
    places: list[tuple[float, float]], crs: str, axes: str, form_: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    there = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    written = [there.transform(*place)[:: 1 if axes == "xy" else -1] for place in places]
    points = [point(json.dumps(place)) for place in written]
    text = "\n".join(map(feature, points)) if form_ == "lines" else document(*points)
    records = {"lines": "$", "document": "$.features[*]", "whole": "$.features[?@.type]"}[form_]
    format_ = {**form(crs, records, axes=axes, extent=[6.8, 51.3, 7.6, 52]), "lines": form_ == "lines"}
    _, rows = parsed(tmp_path_factory.getbasetemp(), format_, text, columns(*PLACE))
    for back, place in zip(values(rows), places, strict=True):
        assert [float(str(text)) for text in back] == pytest.approx(place, abs=6e-8)
        assert all("e" not in str(text) and len(str(text)) <= 11 for text in back)


@pytest.mark.parametrize(
    ("coordinates", "source", "reason"),
    [
        ({"crs": "EPSG:99999"}, "/a", "EPSG:99999 is no coordinate reference system of the EPSG registry"),
        ({"crs": "EPSG:5555"}, "/a", "is not one of two axes on the Earth's surface"),
        ({"crs": "EPSG:7837"}, "/a", "is not one of two axes on the Earth's surface"),
        ({"crs": "EPSG:2029"}, "/a", "EPSG:2029 (NAD27(76) / UTM zone 17N) has no known way to WGS 84"),
        ({"crs": "25832"}, "/a", "format.json.coordinates.crs: String should match pattern"),
        ({"crs": UTM, "axes": "ne"}, "/a", "Input should be 'xy' or 'yx'"),
        ({"crs": UTM, "extent": [51.4, 6.9, 51.9]}, "/a", "format.json.coordinates.extent"),
        ({"crs": UTM, "extent": [7.5, 51.4, 6.9, 51.9]}, "/a", "extent is west, south, east, north"),
        ({"crs": UTM, "extent": [6.9, 51.4, 7.5, 91]}, "/a", "extent is west, south, east, north"),
        ({"crs": UTM}, "1/geometry", "coordinates are transformed in the record's own geometry only"),
        ({"crs": UTM}, "/geometry/bbox/0", "coordinates are transformed in the record's own geometry only"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused(
    coordinates: dict[str, Any], source: str, reason: str, tmp_path: Path
) -> None:
    format_ = {"type": "json", "records": "$[*]", "coordinates": coordinates}
    with pytest.raises(SpecError) as error:
        example.source(tmp_path, format=format_, columns=columns(source), key=["c0"])
    assert reason in str(error.value)
