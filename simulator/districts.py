"""The zones of an invented city and who serves there: borders that fit exactly, stations at real corners."""

import math
from collections.abc import Sequence
from dataclasses import replace

import shapely

from app.geo.point import Point, lon_lat, unflat
from app.geo.unit_files import UnitRow
from app.geo.zones import Zone, Zones
from simulator.randomness import stream

NAMES = (
    "Loma del Mezquite", "Acequia Vieja", "Barrio del Tejado", "Las Gobernadoras", "Molino de Viento",
    "Ojo de Liebre", "Pueblo Candelilla", "El Huizachal", "Cerrito Pardo", "La Noria Honda", "Ribera del Sauz",
    "Portal de Arena", "Corral de Piedra", "San Isauro", "Campo Lechuguilla", "La Cantera Azul",
    "Paso del Coyote", "Jardín Biznaga", "Villa Ocotillo", "Estación Mirasol",
)  # fmt: skip
"""Invented; more zones than names are numbered."""

DECIMALS = 7
"""A coordinate is written with so many: 1 cm."""

SHELTER_PLACES = (6, 8, 5)
"""Places of the sealed shelters."""

type Corner = tuple[float, float]


def lay_zones(
    seed: int, box_m: tuple[float, float, float, float], columns: int, rows: int, centre: Point
) -> list[Zone]:
    """Columns × rows polygons that cover a box (west, south, east, north in metres) without gap or overlap.

    Corners and the middles of borders are moved at random, once for both sides of a border.
    """
    draw = stream(seed, "zones")
    west, south, east, north = box_m
    wide, high = (east - west) / columns, (north - south) / rows
    corners: dict[tuple[int, int], Corner] = {}
    # Twice as fine as the zones: even steps are their corners, odd ones the middles of their borders.
    for i in range(2 * columns + 1):
        for j in range(2 * rows + 1):
            x, y = west + i * wide / 2, south + j * high / 2
            if 0 < i < 2 * columns:
                x += draw.uniform(-0.14, 0.14) * wide
            if 0 < j < 2 * rows:
                y += draw.uniform(-0.14, 0.14) * high
            lon, lat = lon_lat(unflat(x, y, centre))
            corners[i, j] = round(lon, DECIMALS), round(lat, DECIMALS)
    names = list(NAMES)
    draw.shuffle(names)
    zones = []
    for number in range(columns * rows):
        i, j = 2 * (number % columns), 2 * (number // columns)
        ring = [(0, 0), (1, 0), (2, 0), (2, 1), (2, 2), (1, 2), (0, 2), (0, 1)]
        shape = shapely.Polygon([corners[i + right, j + up] for right, up in ring])
        name = names[number] if number < len(names) else f"Colonia {number + 1}"
        zones.append(Zone(f"Z{number + 1:02d}", name, shape))
    return zones


def staff(seed: int, zones: Sequence[Zone], corners: Sequence[Point], patrols: int) -> list[UnitRow]:
    """Patrols zone by zone in turn, a prosecutor for six of them, three sealed shelters and one public center.

    Each stands at a corner of its zone.
    """
    draw = stream(seed, "units")
    by_zone: dict[str, list[Point]] = {zone.id: [] for zone in zones}
    index = Zones(zones)
    for corner in corners:
        by_zone[index.find(corner).zone].append(corner)
    inhabited = [zone.id for zone in zones if by_zone[zone.id]]

    def unit(code: str, institution: str, agency: str, turn: int) -> UnitRow:
        zone = inhabited[turn % len(inhabited)]
        corner = draw.choice(by_zone[zone])
        place = Point(round(corner.lat, 6), round(corner.lon, 6))
        return UnitRow(
            code=code,
            institution=institution,
            agency=agency,
            place=place,
            capacity=1,
            capabilities=(),
            sealed=False,
            zone=zone,
        )

    units = []
    for number in range(1, patrols + 1):
        agency = "Policía Municipal" if number % 3 else "Policía Estatal"
        patrol = unit(f"P-{number:02d}", "police", agency, number - 1)
        units.append(replace(patrol, capabilities=("genero",)) if number % 4 == 1 else patrol)
    prosecutors = math.ceil(patrols / 6)
    step = max(1, len(inhabited) // prosecutors)
    units += [unit(f"F-{number + 1}", "prosecutor", "Fiscalía", number * step) for number in range(prosecutors)]
    for number, places in enumerate(SHELTER_PLACES, start=1):
        shelter = unit(f"R-{number}", "shelter", "Red de Refugios", number * 3)
        units.append(replace(shelter, capacity=places, sealed=True, name="Refugio"))
    public = unit("CJM-1", "shelter", "Centro de Justicia", len(inhabited) // 2)
    units.append(replace(public, capacity=10, name="Centro de Justicia para las Mujeres"))
    return units
