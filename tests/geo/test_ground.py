"""The ground as the service knows it: stations, fixes, alerts, and roads that answer late or not at all."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

import pytest
import shapely

from app.geo.ground import LiveGround
from app.geo.point import Point
from app.geo.roads import Roads
from app.geo.zones import Zone, Zones

from .test_roads import Answer, a_server, roads_to

HOME = Point(25.40, -101.90)
NEAR, FAR = Point(25.401, -101.90), Point(25.45, -101.90)
NOON = 1_700_000_000.0
ZONE = ZoneInfo("America/Mexico_City")


@asynccontextmanager
async def roads_of(seconds: list[float | None]) -> AsyncIterator[tuple[Roads, list[str]]]:
    """A road service that gives these times, whoever asks; and what it was asked."""

    def table(path: str) -> Answer:
        rows = [[time] for time in seconds] if "destinations=0" in path else [list(seconds)]
        ways = [{"distance": 5.0} for _ in seconds]
        here = [{"distance": 5.0}]
        inbound = "destinations=0" in path
        ends = {"sources": ways if inbound else here, "destinations": here if inbound else ways}
        return 200, json.dumps({"code": "Ok", "durations": rows, **ends})

    async with a_server(table) as (url, asked), roads_to(url) as roads:
        yield roads, asked


def a_ground(roads: Roads | None = None) -> LiveGround:
    ground = LiveGround(roads, ZONE)
    ground.station("P1", NEAR)
    ground.station("P2", FAR)
    ground.place_alert("A", HOME)
    ground.begin()
    return ground


def nearest(ground: LiveGround, fix_after: float = 0.0) -> list[tuple[str, float | None]]:
    return [(near.unit, near.fix_at) for near in ground.near("A", {"P1": None, "P2": None}, fix_after)]


def test_units_are_near_by_their_stations_until_a_fix_is_known() -> None:
    ground = a_ground()
    assert nearest(ground) == [("P1", None), ("P2", None)]
    ground.fix("P2", HOME, NOON)
    assert nearest(ground) == [("P2", NOON), ("P1", None)]


def test_a_fix_that_is_too_old_gives_way_to_the_station() -> None:
    ground = a_ground()
    ground.fix("P2", HOME, NOON)
    assert nearest(ground, NOON + 1) == [("P1", None), ("P2", None)]


def test_a_fix_of_a_unit_without_a_station_is_left_out() -> None:
    ground = a_ground()
    ground.fix("P9", HOME, NOON)
    assert ground.position("P9") is None


def test_nobody_is_near_an_alert_whose_place_is_not_known() -> None:
    assert list(a_ground().near("B", {"P1": None}, 0.0)) == []


def test_a_proposed_place_counts_before_the_committed_one_and_only_for_the_round() -> None:
    ground = a_ground()
    ground.propose({"A": FAR})
    assert nearest(ground)[0][0] == "P2"
    ground.propose({})
    assert nearest(ground)[0][0] == "P1"


def test_without_roads_travel_is_an_estimate_and_nothing_is_fetched_for_it() -> None:
    ground = a_ground()
    near, far = ground.travel("A", ["P1", "P2"], "police", NOON)
    assert (near.how, far.how) == ("estimate", "estimate")
    assert near.seconds < far.seconds


async def test_road_seconds_are_known_after_they_were_fetched() -> None:
    async with roads_of([900.0, 120.0]) as (roads, _):
        ground = a_ground(roads)
        assert [t.how for t in ground.travel("A", ["P1", "P2"], "police", NOON)] == ["estimate", "estimate"]
        assert await ground.fetch()
        found = ground.travel("A", ["P1", "P2"], "police", NOON)
        assert [(t.seconds, t.how) for t in found] == [(900.0, "road"), (120.0, "road")]
        assert not await ground.fetch()


async def test_a_place_no_road_leads_to_stays_an_estimate_and_is_not_asked_for_again() -> None:
    async with roads_of([None]) as (roads, asked):
        ground = a_ground(roads)
        ground.travel("A", ["P1"], "police", NOON)
        assert not await ground.fetch()
        assert ground.travel("A", ["P1"], "police", NOON)[0].how == "estimate"
        assert not await ground.fetch()
        assert len(asked) == 1


async def test_silent_roads_leave_the_estimate() -> None:
    async with a_server(lambda _: None) as (url, _), roads_to(url) as roads:
        ground = a_ground(roads)
        ground.travel("A", ["P1"], "police", NOON)
        assert not await ground.fetch()
        assert ground.travel("A", ["P1"], "police", NOON)[0].how == "estimate"


async def test_a_patrol_goes_to_the_alert_and_she_is_taken_from_it_to_a_shelter() -> None:
    async with roads_of([60.0]) as (roads, asked):
        ground = a_ground(roads)
        for institution in ("police", "shelter"):
            ground.begin()
            ground.travel("A", ["P1"], institution, NOON)
            assert await ground.fetch()
    assert ["destinations=0" in path for path in asked] == [True, False]


def test_a_retired_unit_is_nowhere() -> None:
    ground = a_ground()
    ground.retire("P1")
    assert nearest(ground) == [("P2", None)]


def test_travel_is_known_of_a_unit_nobody_asked_who_is_near_and_of_a_place_nobody_knows_there_is_no_way() -> None:
    ground = a_ground()
    (there,) = ground.travel("A", ["P2"], "police", NOON)
    assert there.seconds > 300
    assert [travel.seconds for travel in ground.travel("B", ["P1", "P2"], "police", NOON)] == [0.0, 0.0]


def test_zones_are_the_same_neighbours_or_farther_apart_and_can_be_drawn_anew() -> None:
    ground = a_ground()
    assert [ground.zone_step("a", zone) for zone in ("a", "b", "c")] == [0, 2, 2]
    ground.learn_zones(Zones(Zone(name, name, shapely.box(at, 25, at + 1, 26)) for at, name in enumerate("abc")))
    assert [ground.zone_step("a", zone) for zone in ("a", "b", "c", "", "x")] == [0, 1, 2, 2, 2]
    ground.learn_zones(Zones(()))
    assert ground.zone_step("a", "b") == 2


def test_a_shelter_is_as_far_from_the_aggressor_as_from_the_nearest_place_he_is_known_at() -> None:
    ground = a_ground()
    assert ground.avoided_m("A", "P1") is None
    ground.avoid("A", [FAR])
    assert ground.avoided_m("A", "P1") == pytest.approx(5449, abs=20)
    ground.avoid("A", [HOME])
    assert ground.avoided_m("A", "P1") == pytest.approx(111, abs=2)
    assert ground.avoided_m("B", "P1") is None
    assert ground.avoided_m("A", "P9") is None


def test_where_the_aggressor_may_be_counts_while_it_is_decided_and_stays_with_the_alert_once_committed() -> None:
    ground = a_ground()
    ground.propose({}, {"A": (NEAR,)})
    assert ground.avoided_m("A", "P1") == 0
    ground.begin()
    assert ground.avoided_m("A", "P1") is None
    ground.avoid("A", [NEAR])
    ground.drop_alert("A")
    assert ground.avoided("A") == ()


def test_a_unit_moves_when_it_is_seen_elsewhere_and_not_while_its_receiver_wanders() -> None:
    ground = a_ground()
    assert ground.moved_at("P1") is None
    ground.fix("P1", HOME, NOON)
    ground.fix("P1", Point(HOME.lat + 0.0001, HOME.lon), NOON + 10)
    assert ground.moved_at("P1") == NOON
    for step in range(1, 5):
        ground.fix("P1", Point(HOME.lat + 0.0001 * step, HOME.lon), NOON + 10 + step)
    assert ground.moved_at("P1") == NOON + 13


def test_a_unit_whose_fixes_have_stopped_has_not_moved_since_and_one_off_duty_is_not_known_at_all() -> None:
    ground = a_ground()
    ground.fix("P1", HOME, NOON)
    assert nearest(ground, NOON + 300) == [("P1", None), ("P2", None)]
    assert ground.moved_at("P1") == NOON
    ground.forget("P1")
    assert ground.moved_at("P1") is None


def test_units_without_a_line_are_quiet_longest_first_until_they_are_heard_or_have_one_again() -> None:
    ground = a_ground()
    ground.line_down("P2", NOON)
    ground.line_down("P1", NOON + 5)
    assert ground.quiet(NOON + 4) == [(NOON, "P2")]
    assert ground.quiet(NOON + 5) == [(NOON, "P2"), (NOON + 5, "P1")]
    ground.heard("P2", NOON + 9)
    ground.heard("P1", NOON)
    assert ground.quiet(NOON + 9) == [(NOON + 5, "P1"), (NOON + 9, "P2")]
    ground.line_up("P1")
    ground.retire("P2")
    assert ground.quiet(NOON + 99) == []


def test_a_unit_that_never_had_a_line_is_not_quiet() -> None:
    ground = a_ground()
    ground.heard("P1", NOON)
    assert ground.quiet(NOON + 99) == []
