"""The ground as the service knows it: stations, fixes, alerts, and roads that answer late or not at all."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from app.geo.ground import LiveGround
from app.geo.point import Point
from app.geo.roads import Roads, RoadsSilent

HOME = Point(25.40, -101.90)
NEAR, FAR = Point(25.401, -101.90), Point(25.45, -101.90)
NOON = 1_700_000_000.0
ZONE = ZoneInfo("America/Mexico_City")


class Answering(Roads):
    """Roads that answer from a table and note what they were asked."""

    def __init__(self, seconds: dict[Point, float | None], *, silent: bool = False) -> None:
        super().__init__("http://127.0.0.1:9")
        self.table, self.silent, self.asked = seconds, silent, list[str]()

    async def seconds(self, sources: Sequence[Point], destination: Point) -> list[float | None]:
        self.asked.append("to the alert")
        if self.silent:
            raise RoadsSilent("silent")
        return [self.table[place] for place in sources]

    async def seconds_from(self, source: Point, destinations: Sequence[Point]) -> list[float | None]:
        self.asked.append("from the alert")
        return [self.table[place] for place in destinations]


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
    roads = Answering({NEAR: 900.0, FAR: 120.0})
    ground = a_ground(roads)
    assert [t.how for t in ground.travel("A", ["P1", "P2"], "police", NOON)] == ["estimate", "estimate"]
    assert await ground.fetch()
    assert [(t.seconds, t.how) for t in ground.travel("A", ["P1", "P2"], "police", NOON)] == [
        (900.0, "road"),
        (120.0, "road"),
    ]
    assert not await ground.fetch()
    await roads.close()


async def test_a_place_no_road_leads_to_stays_an_estimate_and_is_not_asked_for_again() -> None:
    roads = Answering({NEAR: None})
    ground = a_ground(roads)
    ground.travel("A", ["P1"], "police", NOON)
    assert not await ground.fetch()
    assert ground.travel("A", ["P1"], "police", NOON)[0].how == "estimate"
    assert not await ground.fetch()
    assert roads.asked == ["to the alert"]
    await roads.close()


async def test_silent_roads_leave_the_estimate() -> None:
    roads = Answering({}, silent=True)
    ground = a_ground(roads)
    ground.travel("A", ["P1"], "police", NOON)
    assert not await ground.fetch()
    assert ground.travel("A", ["P1"], "police", NOON)[0].how == "estimate"
    await roads.close()


async def test_she_is_taken_from_the_alert_to_a_shelter() -> None:
    roads = Answering({NEAR: 60.0})
    ground = a_ground(roads)
    ground.travel("A", ["P1"], "shelter", NOON)
    assert await ground.fetch()
    assert roads.asked == ["from the alert"]
    await roads.close()


def test_a_retired_unit_is_nowhere() -> None:
    ground = a_ground()
    ground.retire("P1")
    assert nearest(ground) == [("P2", None)]
