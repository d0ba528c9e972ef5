"""Cells of the European grid against PROJ, and what is left of private places."""

from __future__ import annotations

import random
import re
from decimal import Decimal

import pyproj
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from spark_jobs.transforms import gateways, grid

# WGS 84 taken for ETRS89, as in the module: without this PROJ might move a point to another epoch
TO_GRID = pyproj.Transformer.from_crs("EPSG:4258", "EPSG:3035", always_xy=True)
# the Kreis with its neighbours; Europe to its ends
KREIS, EUROPE = (6.7, 51.4, 7.5, 51.9), (-24.0, 34.5, 44.5, 71.5)
MILLIMETRE = 0.001
NEAR = 3000

Point = tuple[float, float]


def drawn(box: tuple[float, float, float, float], count: int, seed: int) -> list[Point]:
    chance = random.Random(seed)
    west, south, east, north = box
    return [(chance.uniform(west, east), chance.uniform(south, north)) for _ in range(count)]


def named(easting: float, northing: float, size: int) -> str:
    return f"CRS3035RES{size}mN{int(northing // size * size)}E{int(easting // size * size)}"


def found(spark: SparkSession, points: list[Point]) -> list[Row]:
    """Of each point the projection, its cells, and where the projection lies on the Earth."""
    rows = spark.createDataFrame([(n, *point) for n, point in enumerate(points)], "n int, lon double, lat double")
    easting, northing = grid.projected(F.col("lat"), F.col("lon"))
    rows = rows.withColumns({"easting": easting, "northing": northing})
    latitude, longitude = grid.geodetic(F.col("easting"), F.col("northing"))
    cells = {f"c{size}": grid.cell(F.col("easting"), F.col("northing"), size) for size in (100, 1000)}
    return rows.withColumns({"latitude": latitude, "longitude": longitude, **cells}).orderBy("n").collect()


def test_points_are_projected_and_back_as_proj_does(spark: SparkSession) -> None:
    points = [*drawn(KREIS, NEAR, 1), *drawn(EUROPE, 2000, 2), (10.0, 52.0), (10.0, 40.0), (30.0, 52.0)]
    eastings, northings = TO_GRID.transform(*zip(*points, strict=True))
    for row, easting, northing in zip(found(spark, points), eastings, northings, strict=True):
        assert abs(row.easting - easting) < MILLIMETRE and abs(row.northing - northing) < MILLIMETRE, row
        # a degree is at most 111.7 km
        allowed = MILLIMETRE if row.n < NEAR else 10 * MILLIMETRE
        assert max(abs(row.longitude - row.lon), abs(row.latitude - row.lat)) * 111_700 < allowed, row
        if min(abs(easting - round(easting, -2)), abs(northing - round(northing, -2))) > MILLIMETRE:
            assert (row.c100, row.c1000) == (named(easting, northing, 100), named(easting, northing, 1000))


def test_a_centimetre_on_either_side_of_an_edge_is_another_cell(spark: SparkSession) -> None:
    chance = random.Random(3)
    metres = [
        (4_097_300 + 100 * chance.randrange(-300, 300) + across, 3_142_800 + 100 * chance.randrange(-200, 200) + along)
        for across in (-0.01, 0.01)
        for along in (-0.01, 0.01)
        for _ in range(250)
    ]
    back = TO_GRID.transform(*zip(*metres, strict=True), direction="INVERSE")
    for row, (easting, northing) in zip(found(spark, list(zip(*back, strict=True))), metres, strict=True):
        assert (row.c100, row.c1000) == (named(easting, northing, 100), named(easting, northing, 1000))


def test_a_cell_is_named_by_its_lower_left_corner(spark: SparkSession) -> None:
    point = TO_GRID.transform(4_097_399.9, 3_142_800.1, direction="INVERSE")
    [row] = found(spark, [point])
    assert (row.c100, row.c1000) == ("CRS3035RES100mN3142800E4097300", "CRS3035RES1000mN3142000E4097000")


def test_there_are_no_cells_outside_of_europe(spark: SparkSession) -> None:
    rows = found(spark, [(0.0, 0.0), (-170.0, 52.0), (10.0, -52.0), (10.0, 90.0), (7.2, float("nan"))])
    assert [(row.easting, row.c100, row.latitude) for row in rows] == [(None, None, None)] * len(rows)


def test_of_a_private_place_only_the_large_cell_is_left(spark: SparkSession) -> None:
    types = "private_place boolean, latitude decimal(9,6), longitude decimal(9,6)"
    at = (Decimal("51.657100"), Decimal("7.090500"))
    rows = grid.derive(spark.createDataFrame([(said, *at) for said in (False, True, None)], types)).collect()
    east, north = TO_GRID.transform(float(at[1]), float(at[0]))
    for row, size in zip(rows, (100, 1000, 1000), strict=True):
        assert row.cell_1km == named(east, north, 1000)
        middle = TO_GRID.transform(row.cell_longitude, row.cell_latitude)
        expected = [metres // size * size + size / 2 for metres in (east, north)]
        assert max(abs(got - said) for got, said in zip(middle, expected, strict=True)) < MILLIMETRE
    assert [row.cell_100m for row in rows] == [named(east, north, 100), None, None]
    assert [(row.latitude, row.longitude) for row in rows] == [at, (None, None), (None, None)]
    assert set(rows[0].asDict()) == {
        "private_place", "latitude", "longitude", "cell_100m", "cell_1km", "cell_latitude", "cell_longitude"
    }  # fmt: skip


def test_a_device_without_a_place_has_no_cell(spark: SparkSession) -> None:
    types = "private_place boolean, latitude decimal(9,6), longitude decimal(9,6)"
    rows = grid.derive(spark.createDataFrame([(True, None, None), (False, None, None)], types)).collect()
    assert {value for row in rows for name, value in row.asDict().items() if name != "private_place"} == {None}


def test_the_cell_of_a_gateway(spark: SparkSession) -> None:
    places = [(51.5837, 7.2443), (0.0, 0.0), (None, None)]
    rows = gateways.derive(spark.createDataFrame(places, "gateway_latitude double, gateway_longitude double"))
    cells = [row.gateway_cell_1km for row in rows.collect()]
    assert cells == [named(*TO_GRID.transform(7.2443, 51.5837), 1000), None, None]
    assert re.fullmatch(r"CRS3035RES1000mN\d{7}E\d{7}", cells[0])
