"""Zones from any polygon file: which field is the id, which the name; repairs and refusals are counted."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from app.geo.files import Refused, RegionError
from app.geo.polygons import polygon, read_shapes
from app.geo.zones import Zone

ID_FIELDS = (
    "id", "cvegeo", "nomenclatu", "nomenclatura", "clave", "cve", "code", "codigo", "código",
    "cve_mun", "cve_sector", "cuadrante", "sector", "zone", "zona",
)  # fmt: skip
"""Names under which files keep what identifies a zone; the first that is unique in the file is taken."""

NAME_FIELDS = ("name", "nombre", "nomgeo", "nom_agem", "nom_mun", "municipio", "nom_loc", "nombre_sec")
"""Names under which files keep what people call a zone; without one the id is the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZonesRead:
    """What a polygon file held."""

    zones: list[Zone]
    repaired: int
    """Shapes that were not valid (a bow tie, a ring that crosses itself) and were made so."""
    refused: list[Refused]
    misfits: int
    """Zones with a border that does not fit a neighbour's: there a place can be in two zones or in none."""
    id_field: str
    name_field: str
    notes: list[str]
    """What a person should know: a field that was not unique, what the reader of the format warned of."""
    population: dict[str, float] = field(default_factory=dict)
    """People by zone id, when a population field was asked for."""


def read_zones(
    path: Path,
    id_field: str | None = None,
    name_field: str | None = None,
    population_field: str | None = None,
    layer: str | None = None,
) -> ZonesRead:
    """Zones from a GeoJSON, a GeoPackage or a shapefile (`.shp`, or in a `.zip`), whatever its projection.

    1. Read it with GDAL, which also brings other projections to WGS 84.
    2. Take the id field asked for, or the first customary one that is unique. Names repeat between states.
    3. Repair shapes that are not valid; refuse rows without a polygon, off the Earth, or without an id.

    Raises RegionError: `no_file`, `too_large`, `unknown_format`, `broken`, `no_layer`, `which_layer`,
    `no_projection`, `no_field`, `no_unique_id`, `id_not_unique`, `no_zones`.
    """
    notes: list[str] = []
    columns, shapes = read_shapes(path, layer, notes)
    id_name = _id_field(columns, id_field, notes)
    name_name = _field(columns, name_field) if name_field else _first(columns, NAME_FIELDS) or id_name
    people = columns[_field(columns, population_field)] if population_field else None
    zones: list[Zone] = []
    refused: list[Refused] = []
    population: dict[str, float] = {}
    repaired = 0
    for row, shape in enumerate(shapes, start=1):
        zone_id = _text(columns[id_name][row - 1])
        sound = polygon(shape)
        if isinstance(sound, tuple):
            refused.append(Refused(row, sound[1], sound[0]))
        elif not zone_id:
            refused.append(Refused(row, f"{id_name} is empty", "no_id"))
        else:
            repaired += sound is not shape
            zones.append(Zone(zone_id, _text(columns[name_name][row - 1]) or zone_id, sound))
            if people is not None:
                population[zone_id] = _count(people[row - 1])
    if not zones:
        raise RegionError("no_zones", f"none of the {len(shapes)} rows is a zone: no polygon, or no id")
    return ZonesRead(
        zones=zones, repaired=repaired, refused=refused, misfits=_misfits(zones), id_field=id_name,
        name_field=name_name, notes=notes, population=population,
    )  # fmt: skip


def _first(columns: dict[str, Any], wanted: Sequence[str]) -> str | None:
    lower = {name.casefold(): name for name in columns}
    return next((lower[name] for name in wanted if name in lower), None)


def _field(columns: dict[str, Any], asked: str) -> str:
    name = _first(columns, (asked.casefold(),))
    if name is None:
        raise RegionError("no_field", f"there is no field {asked}; there are: {', '.join(columns) or 'none'}")
    return name


def _id_field(columns: dict[str, Any], asked: str | None, notes: list[str]) -> str:
    """The field that identifies a zone; whatever was tried and repeats itself is named."""
    if asked is not None:
        name = _field(columns, asked)
        if repeated := _repeated(columns[name]):
            raise RegionError("id_not_unique", f"{name} repeats {repeated}; a zone needs an id of its own")
        return name
    lower = {name.casefold(): name for name in columns}
    found = [lower[name] for name in ID_FIELDS if name in lower]
    for name in found:
        texts = [_text(value) for value in columns[name]]
        repeated = _repeated(texts)
        if not repeated and all(texts):
            return name
        notes.append(
            f"{name} is not the id: it repeats {repeated}" if repeated else f"{name} is not the id: it has gaps"
        )
    tried = f"{', '.join(found)} would do but are not unique" if found else "no field has a customary name"
    raise RegionError(
        "no_unique_id", f"{tried}; say which field is the id: {', '.join(columns) or 'there is none'}"
    )


def _repeated(values: Sequence[object]) -> str:
    """The value that occurs most often, with its count, if any occurs twice."""
    counts = Counter(text for value in values if (text := _text(value)))
    if not counts:
        return ""
    text, count = counts.most_common(1)[0]
    return f"“{text}” {count} times" if count > 1 else ""


def _text(value: object) -> str:
    """A field's value as people write it: "9" for 9.0, "" for none."""
    if value is None or (isinstance(value, float | np.floating) and not np.isfinite(value)):
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def _count(value: object) -> float:
    try:
        number = float(_text(value) or 0)
    except ValueError:
        return 0.0
    return max(0.0, number)


def _misfits(zones: list[Zone]) -> int:
    edges = shapely.coverage_invalid_edges(np.array([zone.shape for zone in zones], dtype=object))
    return int((~shapely.is_empty(edges)).sum())
