"""What `source.yml` declares of coordinates that are not longitude and latitude."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from lakehouse.spec.model import StrictModel

if TYPE_CHECKING:
    from pyproj import Transformer

WGS84 = "EPSG:4326"


@lru_cache
def to_wgs84(code: str) -> tuple[Transformer, tuple[float, float, float, float]]:
    """The way from a system to longitude and latitude in WGS 84, and where the system is used.

    Args:
        code: of the EPSG registry, as in `EPSG:25832`.

    Returns:
        What transforms easting and northing (or longitude and latitude, always in this order), and west, south, east
        and north of the area of use in degrees; west is greater than east over the line of 180 degrees.

    Raises:
        ValueError: it is unknown, not one of two axes, or no way to WGS 84 is known.
    """
    # here, because it takes a tenth of a second that few feeds need
    import pyproj

    try:
        system = pyproj.CRS.from_user_input(code)
    except pyproj.exceptions.CRSError:
        raise ValueError(f"{code} is no coordinate reference system of the EPSG registry") from None
    if len(system.axis_info) != 2 or not (system.is_projected or system.is_geographic):
        raise ValueError(f"{code} ({system.name}) is not one of two axes on the Earth's surface")
    try:
        # a rough guess would be wrong by a hundred metres: rather none, which is outside of every extent
        transformer = pyproj.Transformer.from_crs(system, WGS84, always_xy=True, allow_ballpark=False)
    except pyproj.exceptions.ProjError:
        raise ValueError(f"{code} ({system.name}) has no known way to WGS 84") from None
    return transformer, system.area_of_use.bounds if system.area_of_use else (-180.0, -90.0, 180.0, 90.0)


def _check_crs(code: str) -> str:
    to_wgs84(code)
    return code


Crs = Annotated[str, Field(pattern=r"^EPSG:[1-9]\d*$"), AfterValidator(_check_crs)]


class Coordinates(StrictModel):
    """The coordinate reference system of GeoJSON geometries, which are transformed to WGS 84.

    Declare it for servers that deliver metres: `crs: "EPSG:25832"` (UTM zone 32), `EPSG:31467` (Gauss-Krüger zone 3),
    `EPSG:3857` (Web Mercator). Every position in the `geometry` member of a record becomes longitude and latitude in
    degrees with at most seven decimals (a centimetre); a height behind them stays as it is, and `bbox` is left out.
    Columns read the transformed geometry, and `_raw` of bronze keeps the record as it was delivered. From
    `EPSG:31466` to `31469` and other systems on the datum DHDN the result is right to about 3 m, because the grids of
    the surveying offices are not used.

    `axes` says what stands first, whatever the registry says of the system: `xy` is easting or longitude, as GeoJSON
    demands, and `yx` northing or latitude, as some WFS 2.0 servers write `urn:ogc:def:crs:EPSG::4326`. `extent` is
    west, south, east and north in WGS 84 degrees, by default the area in which the system is used: a record with a
    position outside is quarantined. A narrow extent tells swapped axes and a wrong system, a wide one may not.

    A document whose own `crs` contradicts the declared one is refused. So is one that names another system than WGS 84
    where no `coordinates` are declared.
    """

    crs: Crs
    axes: Literal["xy", "yx"] = "xy"
    extent: tuple[float, float, float, float] | None = None

    @model_validator(mode="after")
    def _extent_is_one(self) -> Self:
        if self.extent is not None:
            west, south, east, north = self.extent
            if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
                raise ValueError("extent is west, south, east, north in degrees of longitude and latitude")
        return self
