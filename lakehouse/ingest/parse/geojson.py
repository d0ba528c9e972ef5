"""GeoJSON geometries in their declared coordinate reference system, transformed to WGS 84."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from math import isfinite
from typing import Any

from lakehouse.ingest.parse.json_values import ABSENT, Invalid, Number, compact, shape
from lakehouse.spec.coordinates import WGS84, Coordinates, to_wgs84

DECIMALS = 7
# arrays around each position
NESTING = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
EPSG = re.compile(r"(?:.*[:/])?EPSG(?::|/|\.xml#)(?:[\d.]*[:/])?(\d+)", re.IGNORECASE)
CRS84 = re.compile(r"(?:.*[:/])?(?:OGC|CRS)[:/](?:[\d.]*[:/])?(?:CRS)?84", re.IGNORECASE)
SHOWN = 30


class Misplaced(Exception):
    """Why a record's geometry cannot be transformed."""


class Places:
    """The geometries of one feed."""

    def __init__(self, declared: Coordinates | None) -> None:
        """Without a declaration geometries stay as they are, and must not say that they are not WGS 84."""
        self.declared = declared
        if declared is not None:
            self.transformer, area = to_wgs84(declared.crs)
            self.extent = declared.extent or area

    def check(self, around: Iterable[Any]) -> None:
        """Raises Invalid if one of the objects around the records contradicts the declaration by its `crs`."""
        for node in around:
            if problem := self._contradiction(node):
                raise Invalid(problem)

    def transformed(self, record: Any) -> Any:
        """The record with longitude and latitude in its geometry; itself if there is nothing to transform.

        Raises:
            Misplaced: the geometry is none, names another system, or has a position outside of the extent.
        """
        geometry = record.get("geometry") if type(record) is dict else None
        if geometry is None:
            return record
        if problem := self._contradiction(record) or self._contradiction(geometry, is_geojson=True):
            raise Misplaced(problem)
        return record if self.declared is None else {**record, "geometry": self._geometry(geometry)}

    def _contradiction(self, node: Any, is_geojson: bool = False) -> str | None:
        if type(node) is not dict or "crs" not in node:
            return None
        said = _said(node["crs"], is_geojson or node.get("type") in ("FeatureCollection", "Feature"))
        if said is None or said == (self.declared.crs if self.declared else WGS84):
            return None
        declared = f"declared is {self.declared.crs}" if self.declared else "and no `coordinates` are declared"
        return f"says that its coordinates are in {said[:SHOWN]}, {declared}"

    def _geometry(self, geometry: Any) -> Any:
        if type(geometry) is not dict:
            raise Misplaced(f"has {shape(geometry)} as geometry")
        # a box of the old coordinates says nothing of the new ones
        rest = {name: value for name, value in geometry.items() if name not in ("bbox", "crs")}
        kind = geometry.get("type")
        if kind == "GeometryCollection":
            return {**rest, "geometries": [self._geometry(part) for part in _array(geometry, "geometries")]}
        if not isinstance(kind, str) or kind not in NESTING:
            raise Misplaced(f"has a geometry of the type {compact(kind)[:SHOWN]}, which GeoJSON does not know")
        coordinates = _array(geometry, "coordinates")
        places = iter(self._places(list(_positions(coordinates, NESTING[kind]))))
        return {**rest, "coordinates": _replaced(coordinates, NESTING[kind], places)}

    def _places(self, positions: list[list[Any]]) -> list[list[Any]]:
        first, second = ([float(position[axis]) for position in positions] for axis in (0, 1))
        assert self.declared is not None
        xs, ys = (first, second) if self.declared.axes == "xy" else (second, first)
        places = list(zip(*self.transformer.transform(xs, ys), strict=True))
        west, south, east, north = self.extent
        for position, (longitude, latitude) in zip(positions, places, strict=True):
            # an area of use may reach over the line of 180 degrees
            inside = west <= longitude <= east if west <= east else longitude >= west or longitude <= east
            if not (inside and south <= latitude <= north):
                raise Misplaced(self._outside(position, longitude, latitude))
        return [
            [_plain(lon), _plain(lat), *position[2:]] for position, (lon, lat) in zip(positions, places, strict=True)
        ]

    def _outside(self, position: list[Any], longitude: float, latitude: float) -> str:
        assert self.declared is not None
        is_place = isfinite(longitude) and isfinite(latitude)
        place = f"longitude {_plain(longitude)}, latitude {_plain(latitude)}" if is_place else "no place on Earth"
        written = ", ".join(text[:SHOWN] for text in position[:2])
        extent = ", ".join(f"{side:g}" for side in self.extent)
        return f"has the coordinates {written} ({place} from {self.declared.crs}) outside of the extent {extent}"


def _said(crs: Any, is_geojson: bool) -> str | None:
    """The system that a `crs` member names, as an EPSG code where it can be read as one; None if it is no such member.

    GeoJSON of 2008 has an object with properties, of which older servers wrote a code; others write the name alone.
    """
    properties = crs.get("properties") if type(crs) is dict else None
    if type(properties) is dict:
        name, code = properties.get("name"), properties.get("code")
        said = name if isinstance(name, str) else f"EPSG:{code}" if isinstance(code, str) else compact(crs)
    elif isinstance(crs, str) and is_geojson:
        said = crs
    else:
        return None
    if CRS84.fullmatch(said):
        return WGS84
    found = EPSG.fullmatch(said)
    return f"EPSG:{found[1]}" if found else said


def _array(geometry: dict[str, Any], name: str) -> list[Any]:
    found = geometry.get(name, ABSENT)
    if type(found) is not list:
        raise Misplaced(f"has {'nothing' if found is ABSENT else shape(found)} as {name} of its geometry")
    return found


def _positions(node: Any, nesting: int) -> Iterator[list[Any]]:
    if type(node) is not list:
        raise Misplaced(f"has {shape(node)} among its coordinates, where an array should be")
    if nesting:
        for inner in node:
            yield from _positions(inner, nesting - 1)
    # a point without a position is empty
    elif node:
        if len(node) < 2 or not all(isinstance(number, Number) for number in node):
            raise Misplaced(f"has the position {compact(node)[:SHOWN]}, which is not two numbers or more")
        yield node


def _replaced(node: list[Any], nesting: int, places: Iterator[list[Any]]) -> list[Any]:
    if nesting:
        return [_replaced(inner, nesting - 1, places) for inner in node]
    return next(places) if node else node


def _plain(degrees: float) -> Number:
    text = f"{degrees:.{DECIMALS}f}".rstrip("0").rstrip(".")
    return Number("0" if text == "-0" else text)
