"""Made-up units for a region whose real ones are not known: patrols where the people are, by a population column.

The same file, numbers and seed always give the same units. Nobody should take them for a real deployment.
"""

import csv
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import shapely

from app.geo.files import RegionError
from app.geo.point import Point, from_shape
from app.geo.unit_files import UNIT_COLUMNS, UNIT_COLUMNS_MORE, UnitRow
from app.geo.zone_files import read_zones
from app.geo.zones import Zone

SHELTER_PLACES = 12
"""Places of a made-up shelter."""

TRIES_MAX = 1_000
"""Points thrown into a zone's box before its inner point is taken: a zone that fills a hundredth of its box is hit
ten times in a thousand."""

KINDS = {"police": ("P", "Policía"), "prosecutor": ("F", "Fiscalía"), "shelter": ("R", "Refugio")}
"""The letter of the codes and the agency, by institution."""


def patrols_by_population(
    path: Path,
    field: str = "poblacion",
    *,
    patrols: int,
    prosecutors: int = 0,
    shelters: int = 0,
    seed: int = 0,
    id_field: str | None = None,
) -> list[UnitRow]:
    """Units at random points inside the zones of a file, by the population its `field` gives.

    Patrols go to the zones in proportion to their people, by largest remainder. Prosecutors and shelters are
    far fewer than zones, where that rule would put all of them into the most populous; they stand at equal steps
    through all the people, zones taken by id. Shelters are sealed. Raises RegionError as `read_zones` does, and
    with `no_population` when nobody lives in any zone, `bad_count` for a number below zero.
    """
    read = read_zones(path, id_field=id_field, population_field=field)
    people = read.population
    if not sum(people.values()):
        raise RegionError("no_population", f"{field} holds no people in any zone")
    if min(patrols, prosecutors, shelters) < 0:
        raise RegionError("bad_count", "a number of units is zero or more")
    units: list[UnitRow] = []
    for institution, counts in (
        ("police", by_largest_remainder(people, patrols)),
        ("prosecutor", at_equal_steps(people, prosecutors)),
        ("shelter", at_equal_steps(people, shelters)),
    ):
        units += _units(institution, counts, read.zones, seed)
    return units


def write_units(path: Path, units: Sequence[UnitRow]) -> None:
    """Write what `region.read_units` reads."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(UNIT_COLUMNS + UNIT_COLUMNS_MORE)
        for unit in units:
            lat, lon = f"{unit.place.lat:.6f}", f"{unit.place.lon:.6f}"
            more = (unit.capacity, ";".join(unit.capabilities), "true" if unit.sealed else "false", unit.name)
            row = (unit.code, unit.institution, unit.agency, lat, lon, *more, unit.children_max)
            rows.writerow("" if cell is None else cell for cell in row)


def by_largest_remainder(people: Mapping[str, float], seats: int) -> dict[str, int]:
    """Seats by zone in proportion to its people (Hamilton's method), ties by id. They add up to `seats`."""
    total = sum(people.values())
    shares = {zone: seats * count / total for zone, count in people.items()}
    given = {zone: int(share) for zone, share in shares.items()}
    by_remainder = sorted(shares, key=lambda zone: (given[zone] - shares[zone], zone))
    for zone in by_remainder[: seats - sum(given.values())]:
        given[zone] += 1
    return given


def at_equal_steps(people: Mapping[str, float], seats: int) -> dict[str, int]:
    """Seats by zone, one at the middle of each of `seats` equal parts of all the people, zones taken by id."""
    given = dict.fromkeys(people, 0)
    total, passed, seated = sum(people.values()), 0.0, 0
    inhabited = [zone for zone in sorted(people) if people[zone] > 0]
    for zone in inhabited:
        passed += people[zone]
        # The last zone takes what rounding left over.
        while seated < seats and (zone == inhabited[-1] or (seated + 0.5) * total / seats < passed):
            given[zone] += 1
            seated += 1
    return given


def _units(institution: str, counts: Mapping[str, int], zones: Sequence[Zone], seed: int) -> list[UnitRow]:
    letter, agency = KINDS[institution]
    places = [
        (zone.id, place)
        for zone in zones
        for place in _points_inside(zone, counts[zone.id], f"{seed}/{institution}/{zone.id}")
    ]
    digits = max(3, len(str(len(places))))
    return [
        UnitRow(
            code=f"{letter}{number:0{digits}d}",
            institution=institution,
            agency=agency,
            place=place,
            capacity=SHELTER_PLACES if institution == "shelter" else 1,
            capabilities=(),
            sealed=institution == "shelter",
            zone=zone_id,
        )
        for number, (zone_id, place) in enumerate(places, start=1)
    ]


def _points_inside(zone: Zone, count: int, seed: str) -> list[Point]:
    """Random points inside a zone, to six decimals as the file keeps them."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable city, not a secret
    west, south, east, north = zone.shape.bounds
    points: list[Point] = []
    for _ in range(TRIES_MAX):
        if len(points) == count:
            return points
        lat, lon = round(chance.uniform(south, north), 6), round(chance.uniform(west, east), 6)
        if shapely.contains_xy(zone.shape, lon, lat):
            points.append(Point(lat, lon))
    inner = from_shape(shapely.point_on_surface(zone.shape))
    return points + [inner] * (count - len(points))
