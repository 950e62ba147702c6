"""The trial: one seed means the same calls, crews and roads for every policy, and nobody beats the bound."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from app.dispatch.model import Institution
from app.geo.point import Point
from app.geo.staffing import patrols_by_population, write_units
from app.reports.points import TimePoint
from app.reports.response_times import summarise
from simulator import bound
from simulator.assumptions import Assumptions
from simulator.beats import SLOWNESS, Beat
from simulator.calibrate import calibrate, relay_mean_s
from simulator.calls import Call
from simulator.city import make_city
from simulator.demand import Demand
from simulator.parts import parts
from simulator.profile import BUSIEST, WEEK, relative
from simulator.region import Region, load_region
from simulator.trial import Plan, Played, Policy, drawn_of, play

SEEDS = range(6)
LOGGED = (Policy.RELAY, Policy.LINE, Policy.ROAD, Policy.OURS)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Region:
    folder = tmp_path_factory.mktemp("town")
    make_city(folder, 3, "small")
    return load_region(folder)


@pytest.fixture(scope="module")
def busy(town: Region) -> Plan:
    """So many calls that they compete for patrols."""
    return Plan(region=town, demand=Demand(a_day=40.0))


def total_s(played: Played, called_at: MappingProxyType[str, float]) -> float:
    """All responses added up; who was not reached has waited to the end."""
    return sum(played.at - called_at[alert] if s is None else s for alert, s in played.responses.items())


@pytest.mark.parametrize("a_day", [12.0, 60.0])
@pytest.mark.parametrize("seed", SEEDS)
def test_no_policy_beats_the_bound(town: Region, seed: int, a_day: float) -> None:
    plan = Plan(region=town, demand=Demand(a_day=a_day))
    called_at = MappingProxyType({call.id: call.at for call in drawn_of(plan, seed).calls})
    least = total_s(play(plan, Policy.BOUND, seed), called_at)
    for policy in LOGGED:
        assert total_s(play(plan, policy, seed), called_at) >= least, policy


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_comes_earlier_than_the_bound_says_that_patrol_can(busy: Plan, seed: int) -> None:
    """Not on average: each arrival under each policy, of the very patrol that came."""
    drawn = drawn_of(busy, seed)
    calls = {call.id: call for call in drawn.calls}
    seen = 0
    for policy in LOGGED:
        for timeline in play(busy, policy, seed).timelines:
            call = calls[timeline.alert]
            for leg in timeline.of(Institution.POLICE):
                for times in leg.assignments:
                    there = times.stamps.get(TimePoint.ON_SCENE)
                    if there is not None:
                        seen += 1
                        assert there >= bound.arrival(drawn, call, times.unit, call.at) - 0.01
    assert seen > 100


def test_every_policy_gets_the_same_calls_at_the_same_times(busy: Plan) -> None:
    played = [play(busy, policy, 1) for policy in Policy]
    assert len({tuple(sorted(one.responses)) for one in played}) == 1
    told = [{t.alert: (t.received_at, t.zone) for t in one.timelines} for one in played if one.timelines]
    assert len(told) == len(LOGGED)
    for other in told[1:]:
        assert other == told[0]


def test_the_same_seed_gives_the_same_to_the_last_digit_and_another_seed_another(busy: Plan) -> None:
    for policy in (Policy.RELAY, Policy.OURS):
        assert play(busy, policy, 1) == play(busy, policy, 1)
        assert play(busy, policy, 1).responses != play(busy, policy, 2).responses


@pytest.mark.parametrize("policy", LOGGED)
def test_the_reports_of_the_service_count_every_call(busy: Plan, policy: Policy) -> None:
    played = play(busy, policy, 2)
    (row,) = summarise(played.timelines, by=(), intervals=("response",), at=played.at)
    reached = [s for s in played.responses.values() if s is not None]
    assert row.n == len(reached) > 20
    assert row.mean_s == pytest.approx(np.mean(reached))
    assert row.negative == row.missing == 0
    found = parts(played.timelines)
    assert sum(found.values()) == pytest.approx(row.mean_s, abs=0.5)
    assert all(seconds >= 0 for seconds in found.values())


def test_more_lost_hand_overs_make_the_relay_slower_and_nothing_else(busy: Plan) -> None:
    lossy = replace(busy, assumptions=busy.assumptions.with_value("dropped", 0.6))
    safe = replace(busy, assumptions=busy.assumptions.with_value("dropped", 0.0))
    assert relay_mean_s(lossy, [3]) > 1.5 * relay_mean_s(safe, [3])
    assert play(lossy, Policy.OURS, 3) == play(safe, Policy.OURS, 3)


def test_calibrating_moves_one_named_assumption_until_the_mean_is_met(busy: Plan) -> None:
    found = calibrate(busy, range(2), mean_s=1800.0)
    assert found.reached
    assert found.mean_s == pytest.approx(1800.0, rel=0.05)
    assert found.plan.assumptions == busy.assumptions.with_value("dropped", found.value)
    out_of_reach = calibrate(busy, range(1), mean_s=60.0)
    assert not out_of_reach.reached


def test_a_patrol_on_its_beat_never_comes_nearer_faster_than_it_could_drive(town: Region) -> None:
    beat = Beat(town, town.patrols[0].code, Assumptions(), 1, 0.0, 86400.0)
    goal = len(town.places) // 2
    seen = [(at, beat.where(at)) for at in range(0, 20_000, 7)]
    arrival = [at + SLOWNESS * (here.seconds + town.seconds[here.place, goal]) for at, here in seen]
    assert all(later >= earlier - 0.01 for earlier, later in pairwise(arrival))
    assert len({beat.where(at).place for at in range(0, 20_000, 60)}) > 10


def test_a_patrol_has_the_share_of_other_work_that_is_assumed(town: Region) -> None:
    days = 60
    plain = Assumptions().with_value("shift_change_s", 0.0)
    beats = [Beat(town, row.code, plain, 1, 0.0, days * 86400.0) for row in town.patrols]
    worked = sum(
        min(end, days * 86400.0) - max(start, 0.0) for beat in beats for start, end in beat.work if end > 0
    )
    assert worked / (days * 86400.0 * len(beats)) == pytest.approx(plain.other_work.value, rel=0.05)


def test_calls_follow_the_hours_of_the_week_and_the_weights_of_the_zones(town: Region) -> None:
    zone = town.zone_of[0]
    plan = Plan(region=town, demand=Demand(a_day=500.0, zone_weights={zone: 1.0}), days=14.0)
    calls = drawn_of(plan, 1).calls
    assert {call.zone for call in calls} == {zone}
    assert len(calls) == pytest.approx(7000, rel=0.05)
    evening = sum(call.hour in (19, 20, 21) for call in calls) / len(calls)
    assert evening == pytest.approx(sum(sum(day[19:22]) for day in WEEK) / sum(map(sum, WEEK)), rel=0.1)
    assert relative(6, 20) == BUSIEST


def test_real_calls_are_played_at_their_own_times(town: Region) -> None:
    plan = Plan(region=town, demand=Demand())
    begins = drawn_of(plan, 0).begins
    place = town.places[7]
    calls = [Call(id=f"real-{n}", at=begins + 3600.0 * n, place=Point(place.lat, place.lon)) for n in range(5)]
    played = play(replace(plan, demand=Demand(calls=calls)), Policy.OURS, 1)
    assert {one.alert: one.received_at for one in played.timelines} == {call.id: call.at for call in calls}


def test_an_assumption_is_scaled_and_listed_by_name() -> None:
    plain = Assumptions()
    assert plain.scaled("scene_s", 1.2).scene_s.value == pytest.approx(1.2 * plain.scene_s.value)
    assert plain.scaled("silent", 100.0).silent.value < 1
    assert [name for name, *_ in plain.listed()][:2] == ["answer_s", "answered_within_s"]
    assert all(unit and source for _, _, unit, source in plain.listed())
    with pytest.raises(ValueError, match="no assumption"):
        plain.scaled("hope", 2.0)


def test_without_streets_an_invented_net_stands_for_them_and_says_so(tmp_path: Path) -> None:
    city = make_city(tmp_path, 3, "small")
    city.osm.unlink()
    region = load_region(tmp_path)
    assert "no streets were given" in region.roads
    assert np.isfinite(region.seconds).all()
    through = region.seconds[:, [5]] + region.seconds[[5], :]
    assert (region.seconds <= through * (1 + 1e-4) + 1e-3).all()


def test_one_way_streets_make_there_and_back_differ(town: Region) -> None:
    assert "shortest ways over the streets" in town.roads
    assert np.abs(town.seconds - town.seconds.T).max() > 20


@pytest.mark.shared
def test_the_quadrants_of_mexico_city_are_a_region(tmp_path: Path) -> None:
    zones = Path(__file__).parents[3] / "shared/data/cdmx/cuadrantes_2023.geojson"
    if not zones.exists():
        pytest.skip("the folder of real data is not there")
    (tmp_path / "zones.geojson").symlink_to(zones)
    write_units(tmp_path / "units.csv", patrols_by_population(zones, patrols=100))
    region = load_region(tmp_path)
    assert (len(region.zones), len(region.patrols)) == (847, 100)
    assert sum(region.population.values()) > 9e6
    played = play(Plan(region=region, demand=Demand(a_day=20.0), days=0.25), Policy.OURS, 1)
    assert all(played.responses.values())
