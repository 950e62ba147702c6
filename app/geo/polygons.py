"""Reading one layer of polygons with GDAL: formats, projections, repair. `zone_files` makes zones of them."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pyogrio
import shapely

from app.geo.files import RegionError, checked

UNREADABLE = (
    pyogrio.errors.CRSError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.DataSourceError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.GeometryError,
)
"""GDAL's ways of saying that a file cannot be read."""


def read_shapes(path: Path, layer: str | None, notes: list[str]) -> tuple[dict[str, Any], list[shapely.Geometry]]:
    """The columns and the shapes of a file's one layer of polygons, WGS 84, without heights.

    Adds to `notes` what a person should know. Raises RegionError.
    """
    file = checked(path)
    if file.suffix.lower() not in {".geojson", ".json", ".gpkg", ".shp", ".zip"}:
        raise RegionError("unknown_format", "give a .geojson, a .gpkg, a .shp or a .zip with a shapefile")
    source = f"/vsizip/{file}" if file.suffix.lower() == ".zip" else str(file)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            name = _layer(source, layer)
            info = pyogrio.read_info(source, layer=name)
            if info["crs"] is None and not _in_degrees(info["total_bounds"]):
                raise RegionError(
                    "no_projection", f"{path.name} does not say its projection (is the .prj missing?)"
                )
            wgs84 = info["crs"] in {None, "EPSG:4326", "OGC:CRS84"}
            meta, _, shapes, data = (
                pyogrio.raw.read(source, layer=name, force_2d=True)
                if wgs84
                else pyogrio.raw.read(_reprojected(source, name), force_2d=True)
            )
        except UNREADABLE as broken:
            raise RegionError("broken", f"{path.name} cannot be read: {_plain(broken, source)}") from None
    notes += sorted({_plain(warning.message, source) for warning in warned})
    if not wgs84:
        notes.append(f"brought from {info['crs'].split('[')[0]} to WGS 84")
    columns = dict(zip(meta["fields"].tolist(), data, strict=True))
    return columns, list(shapely.from_wkb(shapes, on_invalid="ignore"))


def _plain(message: object, source: str) -> str:
    """GDAL's sentence without the folders of this machine."""
    # The driver prefix it goes on to suggest is not offered here.
    return str(message).replace(source, Path(source).name).split("; It might help")[0]


def _layer(source: str, asked: str | None) -> str:
    layers = pyogrio.list_layers(source).tolist()
    named = [
        name for name, kind in layers if kind and ("Polygon" in kind or "Surface" in kind or kind == "Unknown")
    ]
    if asked is not None:
        if asked not in [name for name, _ in layers]:
            raise RegionError(
                "no_layer", f"there is no layer {asked}; there are: {', '.join(n for n, _ in layers)}"
            )
        return asked
    if len(named) > 1:
        raise RegionError("which_layer", f"there are several layers of polygons, say which: {', '.join(named)}")
    if not named and not layers:
        raise RegionError("no_layer", "there is no layer in this file")
    return str(named[0] if named else layers[0][0])


def _in_degrees(bounds: Sequence[float]) -> bool:
    west, south, east, north = bounds
    return -180 <= west <= east <= 180 and -90 <= south <= north <= 90


def _reprojected(source: str, layer: str) -> bytes:
    """A virtual file for GDAL (its VRT format, warped layer) that gives the layer in WGS 84."""
    return (
        f"<OGRVRTDataSource><OGRVRTWarpedLayer><OGRVRTLayer name={quoteattr(layer)}>"
        f"<SrcDataSource>{escape(source)}</SrcDataSource></OGRVRTLayer>"
        "<TargetSRS>EPSG:4326</TargetSRS></OGRVRTWarpedLayer></OGRVRTDataSource>"
    ).encode()


def polygon(shape: shapely.Geometry | None) -> shapely.Geometry | tuple[str, str]:
    """The shape as a valid polygon, itself when it was one; or the code and the reason why it cannot be one."""
    if shape is None or shape.is_empty:
        return "empty", "the row has no shape"
    if not isinstance(shape, shapely.Polygon | shapely.MultiPolygon):
        return "not_polygon", f"a zone is a polygon, this is a {shape.geom_type}"
    if not (np.isfinite(shapely.get_coordinates(shape)).all() and _in_degrees(shape.bounds)):
        return "off_earth", "the shape lies off the Earth"
    if not shape.is_valid:
        # "structure" joins where a ring overlaps itself; the older "linework" would cut a hole in a jurisdiction.
        shape = shapely.make_valid(shape, method="structure", keep_collapsed=False)
        if not isinstance(shape, shapely.Polygon | shapely.MultiPolygon):
            return "empty", "nothing is left of the shape when it is repaired"
    if shape.area == 0.0:
        return "empty", "the shape has no area"
    return shape
