"""Whom to ask: filter, then rank, and the reason as a value."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pytest

from app.dispatch import commands as c
from app.dispatch.model import KeepOut, NeedState, UnitState, Why, WhyNot
from app.dispatch.rules import Rules
from app.geo.near import Near
from app.geo.travel import Travel
from tests.builders import POLICE, SHELTER, START, Evening, FlatGround, a_unit, an_alert


def test_the_nearest_by_time_is_asked_and_the_event_says_why() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.ground.fixes["P2"] = ((0.0, 400.0), START)
    evening.perform(an_alert())
    assert evening.assignment().why == Why(
        rule="nearest", travel_s=40.0, how="estimate", distance_m=400, from_station=False, considered=2
    )


def test_nearer_units_that_were_passed_over_are_counted_by_reason() -> None:
    evening = Evening(*[a_unit(f"P{number}") for number in range(1, 7)])
    evening.perform(an_alert("A0"))
    evening.accepts("P1")
    evening.ask(c.LoseUnit, unit="P2")
    evening.perform(an_alert("A1"))
    evening.says("P3", c.Decline, reason="no")
    evening.says("P4", c.Decline, reason="no")
    why = evening.assignment().why
    assert evening.holder() == "P5"
    assert (why.nearer_busy, why.nearer_asked, why.nearer_away, why.considered) == (1, 2, 1, 2)


def test_who_was_passed_over_is_counted_by_where_it_is_and_not_by_where_its_station_is() -> None:
    for age_s, nearer_busy in ((119, 0), (121, 1)):
        evening = Evening(a_unit("P1"), a_unit("P2"))
        evening.perform(an_alert("A0"))
        evening.accepts("P1")
        evening.ground.fixes["P1"] = ((9000.0, 0.0), evening.at - age_s)
        evening.perform(an_alert("A1"))
        assert (evening.holder(alert="A1"), evening.assignment(alert="A1").why.nearer_busy) == ("P2", nearer_busy)


def test_people_are_shown_tenths_of_a_second_and_whole_metres() -> None:
    evening = Evening(a_unit("P1"))
    evening.ground.stations["P1"] = (1234.56, 0.0)
    evening.perform(an_alert())
    assert (evening.assignment().why.travel_s, evening.assignment().why.distance_m) == (123.5, 1235)


def test_units_farther_away_than_the_chosen_one_are_not_in_the_reason() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.ask(c.LoseUnit, unit="P2")
    evening.perform(an_alert())
    assert evening.assignment().why.nearer_away == 0


def test_a_tie_goes_to_the_lower_unit_code() -> None:
    evening = Evening(a_unit("P2"), a_unit("P1"))
    evening.ground.stations = {"P1": (0.0, 700.0), "P2": (700.0, 0.0)}
    evening.perform(an_alert())
    assert evening.holder() == "P1"


def test_an_old_fix_is_not_believed_and_the_station_stands_for_it_with_a_penalty() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.ground.fixes = {"P1": ((100.0, 0.0), START - 121), "P2": ((1200.0, 0.0), START - 119)}
    evening.perform(an_alert())
    # P1's station is 100 s away, P2 itself 120 s: the penalty of 30 s for not knowing decides.
    assert evening.holder() == "P2"
    evening.says("P2", c.Decline, reason="no")
    why = evening.assignment().why
    assert (evening.holder(), why.from_station, why.travel_s) == ("P1", True, 100.0)


def test_a_shelter_stands_where_it_stands_without_a_penalty() -> None:
    evening = Evening(a_unit("S1", SHELTER), a_unit("S2", SHELTER))
    evening.ground.fixes["S2"] = ((1010.0, 0.0), START)
    evening.perform(an_alert("A1", SHELTER))
    assert evening.holder("shelter") == "S1"


@pytest.mark.parametrize(("borders", "step"), [([{"norte", "centro"}], 1), ([], 2)])
def test_a_unit_of_another_zone_costs_what_the_rules_say_and_one_farther_off_more(
    borders: list[set[str]], step: int
) -> None:
    for gap_m, expected in ((step * 300.0 - 10, "P2"), (step * 300.0 + 10, "P1")):
        evening = Evening(a_unit("P1", zone="norte"), a_unit("P2"))
        evening.ground.borders = borders
        evening.ground.stations["P2"] = (1000.0 + gap_m, 0.0)
        evening.perform(an_alert())
        assert evening.holder() == expected
        assert evening.assignment().why.zone_step == (step if expected == "P1" else 0)


def test_a_capability_preferred_counts_seconds_and_is_named_when_it_lacks() -> None:
    wishes = (c.NeedWanted(institution=POLICE, prefers=("woman_aboard", "english")),)
    for gap_m, expected in ((1190.0, "P2"), (1210.0, "P1")):
        evening = Evening(a_unit("P1", capabilities=["english"]), a_unit("P2", capabilities=["english"]))
        evening.ask(c.EndDuty, unit="P2")
        evening.ask(c.StartDuty, unit="P2", crew_brings=frozenset({"woman_aboard"}))
        evening.ground.stations["P2"] = (1000.0 + gap_m, 0.0)
        evening.perform(c.RaiseAlert(id="A1", by="operator", zone="centro", needs=wishes))
        assert evening.holder() == expected
        assert evening.assignment().why.lacks == (() if expected == "P2" else ("woman_aboard",))


def test_a_crew_that_has_only_just_become_free_rests_if_another_is_hardly_farther() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.ground.stations["P2"] = (1290.0, 0.0)
    evening.perform(an_alert("A0"))
    evening.accepts("P1")
    evening.says("P1", c.ArriveOnScene)
    evening.says("P1", c.Finish)
    evening.perform(an_alert("A1"))
    assert evening.holder() == "P2"
    evening.ask(c.CallOffNeed, alert="A1", need="police", reason="not_needed")
    evening.at += evening.rules.rest_s
    evening.perform(an_alert("A2"))
    assert (evening.holder(alert="A2"), evening.assignment(alert="A2").why.resting) == ("P1", False)


def test_a_crew_whose_shift_is_nearly_over_is_asked_if_nobody_else_is_near() -> None:
    for gap_m, expected in ((1190.0, "P2"), (1210.0, "P1")):
        evening = Evening(a_unit("P1"), a_unit("P2"), on_duty=False)
        evening.ask(c.StartDuty, unit="P1", until=START + evening.rules.shift_margin_s - 1)
        evening.ask(c.StartDuty, unit="P2", until=START + evening.rules.shift_margin_s)
        evening.ground.stations["P2"] = (1000.0 + gap_m, 0.0)
        evening.perform(an_alert())
        assert evening.holder() == expected
        assert evening.assignment().why.shift_ends is (expected == "P1")


def test_who_declined_one_need_of_an_alert_is_not_asked_for_another_at_once() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.perform(an_alert())
    evening.says("P1", c.Decline, reason="no_fuel")
    evening.ask(c.AddNeed, alert="A1", wanted=c.NeedWanted(institution=POLICE))
    assert (evening.holder("police"), evening.need("police-2").state) == ("P2", NeedState.STUCK)
    assert evening.need("police-2").why_not == WhyNot(on_duty=2, busy=1, asked=1)
    assert evening.need("police-2").retry_at == START + evening.rules.ask_again_after_s


def test_a_shelter_takes_only_as_many_children_as_it_has_room_for() -> None:
    small = replace(a_unit("S1", SHELTER), children_max=1)
    evening = Evening(small, a_unit("S2", SHELTER))
    needs = (c.NeedWanted(institution=SHELTER, children=2),)
    evening.perform(c.RaiseAlert(id="A1", by="operator", zone="centro", needs=needs))
    assert evening.holder("shelter") == "S2"
    evening.says("S2", c.Decline, reason="full")
    assert evening.need("shelter").why_not == WhyNot(on_duty=2, asked=1, lacking=1)


def test_a_shelter_near_a_place_of_the_aggressor_is_not_asked() -> None:
    evening = Evening(a_unit("S1", SHELTER), a_unit("S2", SHELTER, zone="sur"), a_unit("S3", SHELTER))
    evening.ground.avoided["A1"] = [(1000.0, evening.rules.aggressor_distance_min_m - 1)]
    evening.ground.stations["S3"] = (90000.0, 0.0)
    needs = (c.NeedWanted(institution=SHELTER),)
    evening.perform(
        c.RaiseAlert(id="A1", by="operator", zone="centro", needs=needs, avoid_zones=frozenset({"sur"}))
    )
    assert evening.holder("shelter") == "S3"
    evening.says("S3", c.Decline, reason="full")
    assert evening.need("shelter").why_not == WhyNot(on_duty=3, asked=1, too_close=2)


def test_room_for_just_as_many_children_and_just_the_distance_are_enough() -> None:
    evening = Evening(replace(a_unit("S1", SHELTER), children_max=2))
    evening.ground.avoided["A1"] = [(1000.0, evening.rules.aggressor_distance_min_m)]
    needs = (c.NeedWanted(institution=SHELTER, children=2),)
    evening.perform(c.RaiseAlert(id="A1", by="operator", zone="centro", needs=needs))
    assert evening.holder("shelter") == "S1"


def test_a_patrol_may_be_near_the_aggressor() -> None:
    evening = Evening(a_unit("P1"))
    evening.ground.avoided["A1"] = [(1000.0, 0.0)]
    evening.perform(an_alert())
    assert evening.holder() == "P1"


def test_where_only_who_is_kept_out_could_go_the_alarm_says_so() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    barred = KeepOut(units=frozenset({"P1", "P2"}))
    evening.perform(an_alert("A1", keep_out=barred))
    alarm = evening.need().alarm
    assert alarm is not None
    assert (alarm.cause, evening.need().why_not) == ("kept_out", WhyNot(on_duty=2, kept_out=2))
    evening.perform(an_alert("A2"))
    evening.perform(an_alert("A3", keep_out=KeepOut(units=frozenset({"P2"}))))
    alarm = evening.need(alert="A3").alarm
    assert alarm is not None
    # P1 is busy and will be free again: that is nobody to ask now, not nobody at all.
    assert alarm.cause == "nobody_to_ask"


def test_what_a_lost_shelter_lets_go_of_is_lost_as_well() -> None:
    evening = Evening(a_unit("S1", SHELTER, capacity=2))
    evening.perform(an_alert("A1", SHELTER))
    evening.accepts("S1")
    evening.ground.dead["S1"] = START
    evening.ask(c.LoseUnit, unit="S1")
    evening.ask(c.CallOffNeed, alert="A1", need="shelter", reason="not_needed")
    assert evening.unit("S1").slots == (UnitState.UNREACHABLE, UnitState.UNREACHABLE)
    evening.ask(c.HearUnit, unit="S1")
    assert evening.unit("S1").slots == (UnitState.FREE, UnitState.FREE)


def test_a_rare_capability_is_found_without_asking_everybody() -> None:
    evening = Evening(*[a_unit(f"P{n:03d}") for n in range(200)], a_unit("Q", capabilities=["sign_language"]))
    looked_at = 0

    class Watched(FlatGround):
        def near(self, alert: str, among: Mapping[str, object], fix_after: float) -> Iterator[Near]:
            nonlocal looked_at
            looked_at = max(looked_at, len(among)) if len(among) < 201 else looked_at
            return super().near(alert, among, fix_after)

    ground = Watched()
    ground.stations = evening.ground.stations
    evening.ground = ground
    evening.perform(an_alert(requires=["sign_language"]))
    assert (evening.holder(), looked_at) == ("Q", 1)


def test_a_unit_needs_every_capability_asked_for() -> None:
    evening = Evening(
        a_unit("P1"), a_unit("P2", capabilities=["english"]), a_unit("P3", capabilities=["english", "armed"])
    )
    evening.perform(an_alert(requires=["armed", "english"]))
    assert evening.holder() == "P3"


def test_kept_out_units_do_not_use_up_the_shortlist() -> None:
    rules = Rules(shortlist=1)
    evening = Evening(a_unit("P1"), a_unit("P2"), rules=rules)
    evening.perform(an_alert(keep_out=KeepOut(units=frozenset({"P1"}))))
    assert evening.holder() == "P2"


class AcrossTheRiver(FlatGround):
    """By road the near bank is far: travel grows the nearer the unit is in a straight line."""

    def travel(self, alert: str, units: Sequence[str], institution: str, at: float) -> list[Travel]:
        return list(reversed(super().travel(alert, units, institution, at)))


def test_the_best_by_road_wins_over_the_nearest_in_a_straight_line() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"), a_unit("P3"), ground=AcrossTheRiver())
    evening.perform(an_alert())
    assert evening.holder() == "P3"


def test_only_the_shortlist_is_compared_by_road() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"), a_unit("P3"), ground=AcrossTheRiver(), rules=Rules(shortlist=2))
    evening.perform(an_alert())
    assert (evening.holder(), evening.assignment().why.considered) == ("P2", 2)


def test_a_unit_that_is_nowhere_is_not_asked() -> None:
    evening = Evening(a_unit("P1"))
    evening.ground.stations = {}
    evening.perform(an_alert())
    assert evening.need().state is NeedState.STUCK
    assert evening.need().why_not == WhyNot(on_duty=1, away=1)


def test_only_so_many_nearer_units_are_looked_at_to_say_why_they_were_passed_over() -> None:
    evening = Evening(*(a_unit(f"P{number}") for number in range(1, 6)), rules=Rules(explain_max=2))
    for number in range(1, 5):
        evening.perform(an_alert(f"A{number}"))
    evening.perform(an_alert("B1"))
    assert evening.holder(alert="B1") == "P5"
    assert evening.assignment(alert="B1").why.nearer_busy == 2
