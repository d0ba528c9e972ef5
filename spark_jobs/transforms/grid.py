"""Cells of the European grid (ETRS89-LAEA, EPSG:3035) in which places lie, as INSPIRE names them.

Projection: Lambert azimuthal equal area, ellipsoidal (EPSG method 9820, Guidance Note 7-2), as expressions of Spark,
which need no Python workers. WGS 84 is taken for ETRS89: they differ by less than a metre.
"""

from __future__ import annotations

import math

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

# GRS 80, and the parameters of EPSG:3035
SEMI_MAJOR_M, FLATTENING = 6_378_137.0, 1 / 298.257222101
ORIGIN_LATITUDE, ORIGIN_LONGITUDE = math.radians(52), math.radians(10)
FALSE_EASTING_M, FALSE_NORTHING_M = 4_321_000.0, 3_210_000.0
# west, south, east and north, in degrees; elsewhere the grid has no cells
AREA_OF_USE = (-35.58, 24.6, 44.83, 84.73)

E2 = FLATTENING * (2 - FLATTENING)
E = math.sqrt(E2)


def _q(sine: float) -> float:
    return (1 - E2) * (sine / (1 - E2 * sine**2) + math.atanh(E * sine) / E)


Q_POLE = _q(1.0)
ORIGIN_AUTHALIC = math.asin(_q(math.sin(ORIGIN_LATITUDE)) / Q_POLE)
AUTHALIC_RADIUS_M = SEMI_MAJOR_M * math.sqrt(Q_POLE / 2)
D = (
    SEMI_MAJOR_M
    * math.cos(ORIGIN_LATITUDE)
    / math.sqrt(1 - E2 * math.sin(ORIGIN_LATITUDE) ** 2)
    / (AUTHALIC_RADIUS_M * math.cos(ORIGIN_AUTHALIC))
)
SIN_ORIGIN, COS_ORIGIN = math.sin(ORIGIN_AUTHALIC), math.cos(ORIGIN_AUTHALIC)
# from authalic to geodetic latitude: factors of the sines of 2, 4 and 6 times it
TO_GEODETIC = (
    E2 / 3 + 31 * E2**2 / 180 + 517 * E2**3 / 5040,
    23 * E2**2 / 360 + 251 * E2**3 / 3780,
    761 * E2**3 / 45360,
)


def derive(rows: DataFrame) -> DataFrame:
    """Adds cells to places, and takes away what is too exact of a private one.

    Of a place that is not said to be public `latitude`, `longitude` and `cell_100m` are NULL. `cell_latitude` and
    `cell_longitude` are the middle of the smallest cell that is left, in degrees.

    Args:
        rows: with `latitude` and `longitude` (WGS 84, degrees) and `private_place`.
    """
    easting, northing = projected(F.col("latitude").cast("double"), F.col("longitude").cast("double"))
    public = ~F.col("private_place")
    size = F.when(public, 100).otherwise(1000)
    # columns of their own, so that no expression repeats another that is as long
    rows = rows.withColumns({"_easting": easting, "_northing": northing})
    latitude, longitude = geodetic(_middle("_easting", size), _middle("_northing", size))
    return rows.withColumns(
        {
            "cell_100m": F.when(public, cell(F.col("_easting"), F.col("_northing"), 100)),
            "cell_1km": cell(F.col("_easting"), F.col("_northing"), 1000),
            "cell_latitude": latitude,
            "cell_longitude": longitude,
            "latitude": F.when(public, F.col("latitude")),
            "longitude": F.when(public, F.col("longitude")),
        }
    ).drop("_easting", "_northing")


def cell(easting: Column, northing: Column, size_m: int) -> Column:
    """The cell in which a point lies, by its lower left corner, such as `CRS3035RES100mN3142800E4097300`.

    Args:
        easting: in EPSG:3035, metres.
        northing: the same.
        size_m: length of the cell's sides.
    """
    north, east = (F.floor(metres / size_m) * size_m for metres in (northing, easting))
    return F.concat(F.lit(f"CRS3035RES{size_m}mN"), north.cast("string"), F.lit("E"), east.cast("string"))


def projected(latitude: Column, longitude: Column) -> tuple[Column, Column]:
    """Easting and northing in EPSG:3035, in metres, of a place in degrees; NULL outside of the area of use."""
    west, south, east, north = AREA_OF_USE
    inside = latitude.between(south, north) & longitude.between(west, east)
    sine = F.sin(F.radians(F.when(inside, latitude)))
    logarithm = F.log((1 + E * sine) / (1 - E * sine)) / (2 * E)
    q = (1 - E2) * (sine / (1 - E2 * sine * sine) + logarithm)
    authalic, around = F.asin(q / Q_POLE), F.radians(longitude) - ORIGIN_LONGITUDE
    sine, cosine = F.sin(authalic), F.cos(authalic)
    scale = AUTHALIC_RADIUS_M * F.sqrt(2 / (1 + SIN_ORIGIN * sine + COS_ORIGIN * cosine * F.cos(around)))
    return (
        FALSE_EASTING_M + D * scale * cosine * F.sin(around),
        FALSE_NORTHING_M + scale * (COS_ORIGIN * sine - SIN_ORIGIN * cosine * F.cos(around)) / D,
    )


def geodetic(easting: Column, northing: Column) -> tuple[Column, Column]:
    """Latitude and longitude in degrees of a point in EPSG:3035, in metres.

    They are exact to a millimetre in Germany, and to a centimetre at the ends of Europe.
    """
    x, y = (easting - FALSE_EASTING_M) / D, (northing - FALSE_NORTHING_M) * D
    distance = F.sqrt(x * x + y * y)
    angle = 2 * F.asin(distance / (2 * AUTHALIC_RADIUS_M))
    # towards the origin of the projection, where there is no direction, the quotient goes to this
    quotient = F.when(distance > 0, F.sin(angle) / distance).otherwise(1 / AUTHALIC_RADIUS_M)
    authalic = F.asin(F.cos(angle) * SIN_ORIGIN + y * quotient * COS_ORIGIN)
    more = [factor * F.sin(times * authalic) for factor, times in zip(TO_GEODETIC, (2, 4, 6), strict=True)]
    around = F.atan2(x * quotient, COS_ORIGIN * F.cos(angle) - y * SIN_ORIGIN * quotient)
    return F.degrees(authalic + more[0] + more[1] + more[2]), F.degrees(ORIGIN_LONGITUDE + around)


def _middle(metres: str, size_m: Column) -> Column:
    return F.floor(F.col(metres) / size_m) * size_m + size_m / 2
