"""A street is found as callers say it: with its number, without its kind, without accents, or by a corner."""

from pathlib import Path

import pytest

from app.geo.point import Point, distance_m
from app.geo.street_names import FOUND_MAX, Gathered, StreetNames, read_street_names
from app.geo.zones import Zones

WEST, EAST = "oeste", "este"


def _zones() -> Zones:
    square = '{{"type": "Polygon", "coordinates": [[[{w}, 25], [{e}, 25], [{e}, 26], [{w}, 26], [{w}, 25]]]}}'
    features = ",".join(
        f'{{"type": "Feature", "properties": {{"id": "{name}", "name": "{name}"}}, "geometry": {shape}}}'
        for name, shape in ((WEST, square.format(w=-101, e=-100)), (EAST, square.format(w=-100, e=-99)))
    )
    return Zones.from_json(f'{{"type": "FeatureCollection", "features": [{features}]}}')


@pytest.fixture
def streets(tmp_path: Path) -> StreetNames:
    """Hidalgo from west to east across the border, Juárez and Calle 5 across it, another Hidalgo."""
    gathered = Gathered()
    gathered.add("Calle Hidalgo", [1, 2], [(-100.02, 25.5), (-100.01, 25.5)])
    gathered.add("Calle Hidalgo", [2, 3], [(-100.01, 25.5), (-99.98, 25.5)])
    gathered.add("Avenida Benito Juárez", [4, 2, 5], [(-100.01, 25.49), (-100.01, 25.5), (-100.01, 25.51)])
    gathered.add("Calle 5", [3, 6], [(-99.98, 25.5), (-99.98, 25.52)])
    gathered.add("Calle Tierra y Libertad", [7, 8], [(-100.3, 25.3), (-100.3, 25.31)])
    gathered.add("Calle Miguel Hidalgo", [9, 10], [(-100.4, 25.4), (-100.4, 25.41)])
    path = tmp_path / "streets.json"
    gathered.write(path)
    return read_street_names(path)


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("Hidalgo 12, interior 3", ["Calle Hidalgo", "Calle Hidalgo"]),
        ("calle HIDALGO", ["Calle Hidalgo", "Calle Hidalgo"]),
        ("benito juarez 5", ["Avenida Benito Juárez"]),
        ("Juárez", ["Avenida Benito Juárez"]),
        ("miguel hidalgo 40", ["Calle Miguel Hidalgo"]),
        ("tierra y libertad 7", ["Calle Tierra y Libertad"]),
        ("calle 5 número 8", ["Calle 5"]),
        ("Morelos 5", []),
        ("calle", []),
        ("", []),
    ],
)
def test_a_street_is_found_by_what_is_said_of_it(streets: StreetNames, said: str, names: list[str]) -> None:
    assert [found.name for found in streets.find(said, _zones())] == names


def test_a_street_through_two_zones_is_asked_about_in_both_and_reaches_from_end_to_end(
    streets: StreetNames,
) -> None:
    west, east = sorted(streets.find("Hidalgo", _zones()), key=lambda found: found.lon)
    assert {west.zone, east.zone} == {WEST, EAST}
    middle = Point(west.lat, west.lon)
    assert distance_m(middle, Point(25.5, -100.02)) <= west.accuracy_m + 1


@pytest.mark.parametrize("said", ["Hidalgo y Juárez", "juarez esquina con hidalgo", "Benito Juárez / Hidalgo"])
def test_a_corner_is_where_both_streets_are(streets: StreetNames, said: str) -> None:
    (found,) = streets.find(said, _zones())
    assert set(found.name.split(" / ")) == {"Calle Hidalgo", "Avenida Benito Juárez"}
    assert (found.lat, found.lon) == (25.5, -100.01)
    assert found.accuracy_m <= 20


def test_streets_that_do_not_meet_are_no_corner(streets: StreetNames) -> None:
    found = streets.find("Juárez y Calle 5", _zones())
    assert all(" / " not in one.name for one in found)


def test_no_more_is_offered_than_can_be_read_at_a_glance(tmp_path: Path) -> None:
    gathered = Gathered()
    for number in range(30):
        gathered.add(f"Privada Hidalgo {number}ª", [number], [(-100.5, 25.5)])
    gathered.write(tmp_path / "names")
    assert len(read_street_names(tmp_path / "names").find("hidalgo", _zones())) == FOUND_MAX


def test_a_region_without_roads_has_no_names(tmp_path: Path) -> None:
    assert read_street_names(tmp_path / "nothing").find("Hidalgo", _zones()) == []
