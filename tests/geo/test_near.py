"""The index of units against brute force."""

import math
import random
from itertools import islice, pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.geo import near
from app.geo.near import Near, NearIndex
from app.geo.point import EARTH_RADIUS_M, Point, distance_m

# Beyond this a haversine, too, is only right to the centimetre: near the antipode it flattens out.
FAR_M = 0.9 * math.pi * EARTH_RADIUS_M

corners = st.sampled_from([-90.0, -89.9999, 0.0, 19.4326, 89.9999, 90.0])
seams = st.sampled_from([-180.0, -179.9999, -99.1332, 0.0, 179.9999, 180.0])
places = st.builds(Point, st.floats(-90, 90) | corners, st.floats(-180, 180) | seams)


def an_index(units: dict[str, Point]) -> NearIndex:
    index = NearIndex()
    for unit, place in units.items():
        index.put(unit, place, 5.0)
    return index


def a_city(count: int, seed: int = 1) -> dict[str, Point]:
    chance = random.Random(seed)
    return {
        f"u{n:06d}": Point(19.1 + chance.random() / 2, -99.4 + chance.random() / 2)
        for n in chance.sample(range(count), count)
    }


def by_brute_force(units: dict[str, Point], place: Point) -> list[str]:
    return [unit for _, unit in sorted((round(distance_m(place, p), 6), unit) for unit, p in units.items())]


def units_of(found: list[Near]) -> list[str]:
    return [one.unit for one in found]


@settings(max_examples=300, deadline=None)
@given(st.lists(places, max_size=80), places)
@example([Point(0, 179.9999), Point(0, -179.9999), Point(0, 0)], Point(0, 180))
@example([Point(90, 0), Point(90, 180), Point(-90, 0)], Point(90, -90))
def test_everybody_comes_once_nearest_first_at_the_true_distance(spots: list[Point], place: Point) -> None:
    units = {f"u{n:02d}": spot for n, spot in enumerate(spots)}
    found = list(an_index(units).near(place, units))
    assert sorted(units_of(found)) == sorted(units)
    assert all((a.distance_m, a.unit) < (b.distance_m, b.unit) for a, b in pairwise(found))
    for one in found:
        true_m = distance_m(place, units[one.unit])
        assert one.distance_m == pytest.approx(true_m, rel=1e-12, abs=2e-6 if true_m < FAR_M else 0.5)


@pytest.mark.parametrize("count", [1, 31, 32, 33, 500, 5_000, 30_000])
def test_the_order_is_that_of_a_full_sort(count: int) -> None:
    units = a_city(count)
    index = an_index(units)
    for place in (Point(19.35, -99.15), Point(19.1, -99.4), Point(-19.35, 80.85)):
        assert units_of(list(index.near(place, units))) == by_brute_force(units, place)


@pytest.mark.parametrize("share", [1, 2, 9, 100])
def test_only_those_asked_for_come(share: int) -> None:
    units = a_city(8_000)
    among = dict(list(units.items())[::share]) | {"stranger": Point(19.3, -99.2)}
    found = units_of(list(islice(an_index(units).near(Point(19.3, -99.2), among), 40)))
    del among["stranger"]
    assert found == by_brute_force(among, Point(19.3, -99.2))[:40]


@pytest.mark.parametrize("count", [40, 10_000])
def test_units_at_one_station_come_by_their_names(count: int) -> None:
    units = {f"u{n:05d}": Point(19.4, -99.1) for n in random.Random(2).sample(range(count), count)}
    found = list(an_index(units).near(Point(19.41, -99.1), units))
    assert units_of(found) == sorted(units)
    assert len({one.distance_m for one in found}) == 1


def test_metres_and_millimetres_are_told_apart() -> None:
    def north(metres: float) -> Point:
        return Point(19.4 + math.degrees(metres / EARTH_RADIUS_M), -99.1)

    found = list(
        an_index({"b": north(0.003), "a": north(0.004), "c": north(9.0)}).near(north(0), {"a": 1, "b": 1, "c": 1})
    )
    assert units_of(found) == ["b", "a", "c"]
    assert [one.distance_m for one in found] == pytest.approx([0.003, 0.004, 9.0], abs=2e-6)


def test_the_nearest_in_degrees_is_not_the_nearest() -> None:
    # 0.100° east is 10.2 km at this latitude, 0.095° north is 10.6 km.
    units = {"east": Point(23.0, -99.9), "north": Point(23.095, -100.0)}
    assert next(an_index(units).near(Point(23.0, -100.0), units)).unit == "east"


def test_a_fix_and_a_station_are_told_apart() -> None:
    index = NearIndex()
    index.put("moving", Point(19, -99), 1_700_000_000.25)
    index.put("parked", Point(19.1, -99), None)
    assert index.get("moving") == (Point(19, -99), 1_700_000_000.25)
    assert index.get("parked") == (Point(19.1, -99), None)
    assert [one.fix_at for one in index.near(Point(19, -99), {"moving": 1, "parked": 1})] == [
        1_700_000_000.25,
        None,
    ]


def test_a_unit_that_moved_is_where_it_is_now() -> None:
    units = a_city(3_000)
    index = an_index(units)
    index.put("u000007", Point(19.3, -99.3), 9.0)
    assert next(index.near(Point(19.3, -99.3), units)) == Near("u000007", 0.0, 9.0)
    assert len(index) == 3_000


def test_a_dropped_unit_is_gone_and_the_others_stay() -> None:
    units = a_city(300)
    index = an_index(units)
    for unit in list(units)[::3]:
        index.drop(unit)
        del units[unit]
    index.drop("never seen")
    assert len(index) == len(units)
    assert index.get("never seen") is None
    assert all(index.get(unit) == (place, 5.0) for unit, place in units.items())
    assert units_of(list(index.near(Point(19.3, -99.3), a_city(300)))) == by_brute_force(units, Point(19.3, -99.3))


@pytest.mark.parametrize("asked", [5_000, 200])
def test_an_answer_being_read_is_that_of_the_moment_of_the_question(asked: int) -> None:
    units = a_city(5_000)
    among = dict(list(units.items())[:asked])
    index = an_index(units)
    place = Point(19.3, -99.3)
    answer = index.near(place, among)
    first = next(answer)
    for n, unit in enumerate(list(units)):
        if n % 2:
            index.drop(unit)
        else:
            index.put(unit, Point(-19.3, 20.0), 77.0)
        index.put(f"new{n}", place, None)
    found = [first, *answer]
    assert units_of(found) == by_brute_force(among, place)
    assert {one.fix_at for one in found} == {5.0}


def test_an_empty_index_has_nobody() -> None:
    assert list(NearIndex().near(Point(0, 0), {"a": 1})) == []
    assert list(an_index({"a": Point(0, 0)}).near(Point(0, 0), {})) == []


def test_the_first_twenty_of_many_look_at_a_few_hundred_only(monkeypatch: pytest.MonkeyPatch) -> None:
    made = 0

    def counted(*parts: object) -> Near:
        nonlocal made
        made += 1
        return Near(*parts)  # type: ignore[arg-type]

    units = a_city(50_000)
    index = an_index(units)
    monkeypatch.setattr(near, "Near", counted)
    asked = 0

    class Watched(dict[str, Point]):
        def __contains__(self, unit: object) -> bool:
            nonlocal asked
            asked += 1
            return super().__contains__(unit)

    assert len(list(islice(index.near(Point(19.35, -99.15), Watched(units)), 20))) == 20
    assert made == 20
    assert asked < 1_000


@pytest.mark.parametrize("seed", range(5))
def test_after_any_coming_going_and_moving_the_order_is_that_of_a_full_sort(seed: int) -> None:
    chance = random.Random(seed)
    units = a_city(600, seed)
    index = an_index(units)
    for _ in range(3_000):
        unit = f"u{chance.randrange(900):06d}"
        if chance.random() < 0.3:
            index.drop(unit)
            units.pop(unit, None)
        else:
            place = Point(19.1 + chance.random() ** 3 / 2, -99.4 + chance.random() ** 3 / 2)
            index.put(unit, place, None)
            units[unit] = place
    place = Point(19.1, -99.4)
    assert units_of(list(index.near(place, units))) == by_brute_force(units, place)
