"""A region's units by the people who live there, where nobody has a list."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.geo.files import RegionError
from app.geo.staffing import at_equal_steps, by_largest_remainder, patrols_by_population, write_units
from app.geo.unit_files import read_units
from app.geo.zone_files import read_zones
from app.geo.zones import Zones

from .region_files import BESIDE, BOW_TIE, QUADRANTS, SQUARE, a_geojson, a_polygon, needs_shared


@given(
    st.dictionaries(st.text("abcdef", min_size=1, max_size=4), st.integers(0, 10_000), min_size=1),
    st.integers(0, 500),
)
def test_all_seats_are_given_and_nobody_gets_a_whole_seat_too_many(people: dict[str, int], seats: int) -> None:
    people["z"] = 5
    total = sum(people.values())
    for rule in (by_largest_remainder, at_equal_steps):
        given_seats = rule(people, seats)
        assert sum(given_seats.values()) == seats
        assert all(abs(given_seats[zone] - seats * people[zone] / total) < 1 + 1e-9 for zone in people)
        assert all(not given_seats[zone] for zone in people if not people[zone])


def test_patrols_stand_where_the_people_are_and_the_file_reads_back(tmp_path: Path) -> None:
    path = a_geojson(
        tmp_path / "z.json",
        ({"id": "w", "poblacion": 900}, a_polygon(SQUARE)),
        ({"id": "e", "poblacion": 100}, a_polygon(BESIDE)),
        ({"id": "n", "poblacion": None}, a_polygon(BOW_TIE)),
    )
    units = patrols_by_population(path, patrols=10, prosecutors=3, shelters=2, seed=4)
    assert Counter((unit.institution, unit.zone) for unit in units)["police", "w"] == 9
    assert Counter(unit.institution for unit in units) == {"police": 10, "prosecutor": 3, "shelter": 2}
    assert len({unit.place for unit in units}) == len(units)
    assert all(unit.sealed == (unit.institution == "shelter") for unit in units)
    assert units == patrols_by_population(path, patrols=10, prosecutors=3, shelters=2, seed=4)
    assert units != patrols_by_population(path, patrols=10, prosecutors=3, shelters=2, seed=5)
    write_units(tmp_path / "units.csv", units)
    again = read_units(tmp_path / "units.csv", Zones(read_zones(path).zones))
    assert again.units == units


def test_a_region_without_people_or_without_the_column_is_refused(tmp_path: Path) -> None:
    path = a_geojson(tmp_path / "z.json", ({"id": "w", "poblacion": 0}, a_polygon(SQUARE)))
    for field, patrols, code in (
        ("poblacion", 3, "no_population"),
        ("people", 3, "no_field"),
        ("id", 3, "no_population"),
    ):
        with pytest.raises(RegionError) as refused:
            patrols_by_population(path, field, patrols=patrols)
        assert refused.value.code == code


class TestRealFiles:
    pytestmark = needs_shared

    def test_mexico_city_can_be_staffed_by_population(self, tmp_path: Path) -> None:
        units = patrols_by_population(QUADRANTS, patrols=400, prosecutors=30, shelters=12)
        assert Counter(unit.institution for unit in units) == {"police": 400, "prosecutor": 30, "shelter": 12}
        write_units(tmp_path / "units.csv", units)
        read = read_units(tmp_path / "units.csv", Zones(read_zones(QUADRANTS).zones))
        assert (read.units, read.refused) == (units, [])
