"""Several needs at once: the least weighted seconds of all together, and nobody goes without by accident."""

import random
from dataclasses import replace
from itertools import permutations

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.indexes import with_need
from app.dispatch.joint import Wanted, weight
from app.dispatch.matching import match
from app.dispatch.model import Level, NeedState
from app.dispatch.rules import Rules
from app.dispatch.run import Run
from tests.builders import POLICE, SHELTER, Evening, a_unit, an_alert, wanted

Places = dict[str, tuple[float, float]]


def a_storm(units: Places, alerts: Places, levels: dict[str, Level] | None = None, **rules: float) -> Evening:
    """These alerts wait with nobody on duty; then all units come on duty in one moment, and all is matched."""
    evening = Evening(*[a_unit(code) for code in units], on_duty=False, rules=Rules(offers_at_once=1, **rules))  # type: ignore[arg-type]
    evening.ground.stations = dict(units)
    evening.ground.alerts = dict(alerts)
    for alert in alerts:
        evening.perform(an_alert(alert))
        level = (levels or {}).get(alert)
        if level is not None:
            evening.ask(c.RaiseLevel, alert=alert, level=level, reason="told")
    all_on_duty(evening)
    return evening


def all_on_duty(evening: Evening) -> None:
    command = c.AddNote(id="storm", by="test", alert="")
    run = Run(board=evening.board, command=command, at=evening.at, rules=evening.rules, ground=evening.ground)
    for code in sorted(evening.board.units):
        run.state(e.DutyStarted(unit=code))
    match(run)
    evening.board, evening.happened = run.board, run.events


def who_goes(evening: Evening) -> dict[str, str | None]:
    return {alert: evening.holder(alert=alert) for alert in sorted(evening.board.alerts)}


def test_two_alerts_share_two_units_so_that_both_together_wait_least() -> None:
    # One by one A1 would get P1, the nearest to both, and A2 the one far off.
    evening = a_storm(
        {"P1": (0.0, 0.0), "P2": (-1000.0, 0.0)},
        {"A1": (-100.0, 0.0), "A2": (5000.0, 0.0)},
    )
    assert who_goes(evening) == {"A1": "P2", "A2": "P1"} or who_goes(evening) == {"A1": "P1", "A2": "P2"}
    evening = a_storm({"P1": (0.0, 0.0), "P2": (-3000.0, 0.0)}, {"A1": (-1400.0, 0.0), "A2": (1000.0, 0.0)})
    assert who_goes(evening) == {"A1": "P2", "A2": "P1"}
    assert {a.why.rule for a in evening.board.assignments.values()} == {"together"}


def test_one_need_alone_is_given_the_nearest() -> None:
    evening = a_storm({"P1": (0.0, 0.0)}, {"A1": (500.0, 0.0)})
    assert evening.assignment().why.rule == "nearest"


@pytest.mark.parametrize("seed", range(20))
def test_no_other_way_to_share_the_units_is_less(seed: int) -> None:
    chance = random.Random(seed)

    def somewhere() -> tuple[float, float]:
        return chance.uniform(-9000, 9000), chance.uniform(-9000, 9000)

    units = {f"P{n}": somewhere() for n in range(1, 6)}
    alerts = {f"A{n}": somewhere() for n in range(1, 5)}
    levels = {alert: chance.choice([Level.HIGH, Level.EXTREME]) for alert in chance.sample(list(alerts), 2)}
    evening = a_storm(units, alerts, levels, take_gain_s=1e9)
    weights = {alert: evening.rules.level_weight[evening.alert(alert).level] for alert in alerts}

    def seconds(unit: str, alert: str) -> float:
        return evening.ground.travel(alert, [unit], POLICE, evening.at)[0].seconds * weights[alert]

    found = sum(seconds(unit, alert) for alert, unit in who_goes(evening).items() if unit)
    least = min(
        sum(seconds(unit, alert) for unit, alert in zip(some, sorted(alerts), strict=True))
        for some in permutations(units, len(alerts))
    )
    assert found == pytest.approx(least, abs=0.01)


def test_an_extreme_keeps_the_only_unit_however_many_others_are_nearer() -> None:
    alerts = {f"A{n:02d}": (10.0 * n, 0.0) for n in range(1, 30)} | {"B": (60000.0, 0.0)}
    evening = a_storm({"P1": (0.0, 0.0)}, alerts, {"B": Level.EXTREME})
    assert [alert for alert, unit in who_goes(evening).items() if unit] == ["B"]


def test_two_thousandths_of_a_second_count_more_than_the_order_of_codes() -> None:
    # A1 and A6 lie between P1 and P6, A1 a centimetre nearer to P6; everybody else is where it is needed.
    units = {"P1": (0.0, 0.0), "P6": (1000.0, 0.0)} | {f"P{n}": (0.0, 9000.0 * n) for n in range(2, 6)}
    alerts = {"A1": (500.01, 0.0), "A6": (500.0, 0.0)} | {f"A{n}": (0.0, 9000.0 * n) for n in range(2, 6)}
    evening = a_storm(units, alerts)
    assert who_goes(evening) == {"A1": "P6", "A2": "P2", "A3": "P3", "A4": "P4", "A5": "P5", "A6": "P1"}


def test_who_is_first_in_line_gets_the_only_unit_however_near_it_is_to_others() -> None:
    evening = Evening(a_unit("P1"), on_duty=False)
    evening.ground.alerts = {"A1": (60000.0, 0.0)} | {f"B{n}": (10.0 * n, 0.0) for n in range(9)}
    for alert in evening.ground.alerts:
        evening.perform(an_alert(alert))
    lost = replace(evening.need(), first=True)
    changes = with_need(evening.board, evening.alert(), lost, evening.at)
    evening.board = replace(evening.board, **changes)
    all_on_duty(evening)
    assert [alert for alert, unit in who_goes(evening).items() if unit] == ["A1"]


def test_who_waits_longer_goes_first_where_all_else_is_alike() -> None:
    evening = Evening(a_unit("P1"), on_duty=False)
    for alert in ("A2", "A1"):
        evening.perform(an_alert(alert))
        evening.at += 60
    all_on_duty(evening)
    assert who_goes(evening) == {"A1": None, "A2": "P1"}


def test_who_is_round_the_corner_goes_before_who_has_waited_a_little_longer_far_away() -> None:
    evening = Evening(a_unit("P1"), on_duty=False)
    evening.ground.alerts = {"A1": (36000.0, 0.0), "A2": (1200.0, 0.0)}
    for alert in ("A1", "A2"):
        evening.perform(an_alert(alert))
        evening.at += 60
    all_on_duty(evening)
    assert who_goes(evening) == {"A1": None, "A2": "P1"}


def test_nobody_far_away_waits_for_ever() -> None:
    evening = Evening(a_unit("P1"), on_duty=False)
    evening.ground.alerts = {"A1": (36000.0, 0.0), "A2": (1200.0, 0.0)}
    evening.perform(an_alert("A1"))
    evening.at += 3 * evening.rules.wait_doubles_s
    evening.perform(an_alert("A2"))
    all_on_duty(evening)
    assert who_goes(evening) == {"A1": "P1", "A2": None}


def test_where_the_shortlists_are_short_who_goes_without_at_first_is_given_one_farther_off() -> None:
    units = {f"P{n}": (100.0 * n, 0.0) for n in range(1, 7)}
    alerts = {f"A{n}": (0.0, 0.0) for n in range(1, 7)}
    evening = a_storm(units, alerts, shortlist=2)
    assert sorted(filter(None, who_goes(evening).values())) == sorted(units)


def test_a_unit_too_far_to_count_is_asked_rather_than_nobody() -> None:
    evening = a_storm({"P1": (1e6, 0.0), "P2": (1e6, 0.0)}, {"A1": (0.0, 0.0), "A2": (0.0, 0.0)})
    assert who_goes(evening) == {"A1": "P1", "A2": "P2"}


def test_ties_go_by_ids() -> None:
    places = [(0.0, 100.0), (100.0, 0.0), (0.0, -100.0)]
    evening = a_storm(dict(zip(["P3", "P1", "P2"], places, strict=True)), dict.fromkeys(["A1", "A2"], (0.0, 0.0)))
    assert who_goes(evening) == {"A1": "P1", "A2": "P2"}


def test_a_shelter_with_three_places_takes_three_at_once() -> None:
    evening = Evening(a_unit("S1", SHELTER, capacity=3), on_duty=False)
    for number in range(1, 6):
        evening.perform(an_alert(f"A{number}", SHELTER))
    evening.ask(c.StartDuty, unit="S1")
    states = [evening.need("shelter", f"A{number}").state for number in range(1, 6)]
    assert states == [NeedState.OFFERED] * 3 + [NeedState.STUCK] * 2
    assert sorted(evening.unit("S1").held.values()) == [0, 1, 2]


def test_two_patrols_of_one_alert_are_two_units() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.perform(c.RaiseAlert(id="A1", by="operator", zone="centro", needs=wanted(POLICE, POLICE)))
    assert {evening.holder("police"), evening.holder("police-2")} == {"P1", "P2"}


def test_the_same_storm_twice_makes_the_same_log() -> None:
    def log() -> list[e.Event]:
        units = {f"P{n}": (37.0 * n % 11 * 500, 0.0) for n in range(1, 8)}
        return a_storm(units, {f"A{n}": (53.0 * n % 13 * 400, 0.0) for n in range(1, 12)}).happened

    assert log() == log()


@pytest.mark.parametrize(
    ("level", "waited_s", "first", "counts"),
    [
        (Level.STANDARD, 0, False, 1),
        (Level.STANDARD, -60, False, 1),
        (Level.STANDARD, 600, False, 2),
        (Level.STANDARD, 1200, False, 3),
        (Level.STANDARD, 0.6, False, 1.001),
        (Level.HIGH, 0, False, 4),
        (Level.EXTREME, 0, False, 16),
        (Level.EXTREME, 600, False, 32),
        (Level.STANDARD, 0, True, 4),
        (Level.EXTREME, 600, True, 128),
    ],
)
def test_a_second_counts_by_level_by_how_long_was_waited_and_four_times_for_who_is_first_in_line(
    level: Level, waited_s: float, first: bool, counts: float
) -> None:
    evening = Evening()
    evening.perform(an_alert())
    waits = Wanted(
        alert=replace(evening.alert(), level=level), need=replace(evening.need(), first=first), candidates=()
    )
    assert weight(waits, evening.rules, evening.at + waited_s) == pytest.approx(counts)
