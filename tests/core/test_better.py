"""A better unit later: one that is much nearer takes over, a higher level takes, and nobody is sent to and fro."""

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.better import LOOKED_AT
from app.dispatch.model import Institution, Level, NeedState
from app.dispatch.rules import Rules
from tests.builders import PROSECUTOR, SHELTER, Evening, a_unit, an_alert
from tests.core.evenings import RushHour


def far_and_near(near_m: float = 500.0, institution: Institution = Institution.POLICE) -> Evening:
    """P9, ten minutes away, has been asked; P1, who is near, is off duty until a test says otherwise."""
    evening = Evening(a_unit("P1", institution), a_unit("P9", institution), on_duty=False)
    evening.ground.stations = {"P1": (near_m, 0.0), "P9": (6000.0, 0.0)}
    evening.ask(c.StartDuty, unit="P9")
    evening.perform(an_alert("A1", institution))
    assert evening.holder(institution.value) == "P9"
    return evening


def reassigned(evening: Evening) -> list[tuple[str, str, str]]:
    return [(x.alert, x.unit, x.reason) for x in evening.happened if isinstance(x, e.Reassigned)]


# --- a nearer unit


@pytest.mark.parametrize("accepted", [False, True])
def test_before_it_is_on_the_way_a_unit_gives_way_to_one_that_is_much_nearer(accepted: bool) -> None:
    evening = far_and_near()
    if accepted:
        evening.accepts("P9")
    evening.ask(c.StartDuty, unit="P1")
    assert evening.kinds() == ["DutyStarted", "Reassigned", "Offered"]
    assert reassigned(evening) == [("A1", "P9", "nearer_unit")]
    why = evening.assignment().why
    # 600 s against 50 s and the penalty of 30 s for a position that is not known.
    assert (evening.holder(), why.rule, why.gain_s) == ("P1", "nearer_unit", 520.0)


def test_a_unit_that_is_only_a_little_nearer_takes_over_nothing() -> None:
    evening = far_and_near(near_m=6000.0 - 10 * (239 + 30))
    evening.ask(c.StartDuty, unit="P1")
    assert evening.kinds() == ["DutyStarted"]


@pytest.mark.parametrize(("after_s", "takes_over"), [(0, False), (3600, True)])
def test_how_much_nearer_a_unit_is_counts_as_its_institution_drives_at_this_hour(
    after_s: float, takes_over: bool
) -> None:
    # 4.8 km are 240 s for a patrol, and 480 s in the rush hour; nearly all of it would be gained.
    evening = Evening(a_unit("P1"), a_unit("P9"), on_duty=False, ground=RushHour())
    evening.ground.stations = {"P1": (0.0, 0.0), "P9": (4800.0, 0.0)}
    evening.at += after_s
    evening.ask(c.StartDuty, unit="P9")
    evening.perform(an_alert())
    evening.ask(c.StartDuty, unit="P1")
    assert (evening.holder() == "P1") is takes_over


def test_a_way_just_as_long_as_the_gain_can_be_spared_all_of_it() -> None:
    evening = Evening(a_unit("P1"), a_unit("P9"), on_duty=False)
    evening.ground.stations = {"P1": (0.0, 0.0), "P9": (2400.0, 0.0)}
    evening.ground.fixes["P1"] = ((0.0, 0.0), evening.at)
    evening.ask(c.StartDuty, unit="P9")
    evening.perform(an_alert())
    evening.ask(c.StartDuty, unit="P1")
    assert evening.assignment().why.gain_s == 240.0


@pytest.mark.parametrize(("beside", "taken_over"), [(0, False), (1, True), (LOOKED_AT, True)])
def test_only_so_many_are_looked_at_and_those_with_the_longest_ways(beside: int, taken_over: bool) -> None:
    """Towns in a row, each with its alert and its patrol; the ways grow. P comes free beside one of the alerts."""
    towns = range(LOOKED_AT + 1)
    evening = Evening(a_unit("P"), *[a_unit(f"U{town}") for town in towns], on_duty=False)
    evening.ground.alerts = {f"A{town}": (0.0, 1e6 * town) for town in towns}
    evening.ground.stations = {f"U{town}": (6000.0 + town, 1e6 * town) for town in towns}
    for town in towns:
        evening.ask(c.StartDuty, unit=f"U{town}")
        evening.perform(an_alert(f"A{town}"))
    evening.ground.stations["P"] = evening.ground.alerts[f"A{beside}"]
    evening.ask(c.StartDuty, unit="P")
    assert bool(reassigned(evening)) is taken_over


@pytest.mark.parametrize(("age_s", "taken"), [(119, False), (121, True)])
def test_a_higher_level_takes_nobody_who_is_farther_than_its_station(age_s: float, taken: bool) -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"), rules=Rules(offers_at_once=1))
    evening.ground.stations["P2"] = (4000.0, 0.0)
    evening.perform(an_alert("A1"))
    evening.ground.fixes["P1"] = ((4000.0, 0.0), evening.at - age_s)
    evening.perform(an_alert("A2", threat={"weapon_used": "yes"}))
    assert (evening.holder(alert="A2") == "P1") is taken


def test_just_the_gain_is_enough_to_take_over() -> None:
    evening = far_and_near(near_m=6000.0 - 10 * (240 + 30))
    evening.ask(c.StartDuty, unit="P1")
    assert reassigned(evening) == [("A1", "P9", "nearer_unit")]


@pytest.mark.parametrize(("age_s", "holder"), [(119, "P9"), (121, "P1")])
def test_who_is_near_by_its_station_and_far_by_where_it_is_takes_over_nothing(age_s: float, holder: str) -> None:
    evening = far_and_near()
    evening.ground.fixes["P1"] = ((9000.0, 0.0), evening.at - age_s)
    evening.ask(c.StartDuty, unit="P1")
    assert evening.holder() == holder


@pytest.mark.parametrize("step", [c.GoEnRoute, c.ArriveOnScene])
def test_who_is_on_the_way_goes_on(step: type[c.AssignmentCommand]) -> None:
    evening = far_and_near()
    evening.accepts("P9")
    evening.says("P9", step)
    evening.ask(c.StartDuty, unit="P1")
    assert evening.kinds() == ["DutyStarted"]


def test_whom_a_person_has_named_goes() -> None:
    evening = Evening(a_unit("P1"), a_unit("P9"))
    evening.ground.stations["P9"] = (9000.0, 0.0)
    evening.perform(an_alert())
    evening.ask(c.AssignByHand, alert="A1", need="police", unit="P9")
    evening.ask(c.EndDuty, unit="P1")
    evening.at += evening.rules.ask_again_after_s
    evening.perform(c.SeeOffer(id="seen", by="P9", unit="P9", assignment=evening.assignment().id))
    evening.ask(c.StartDuty, unit="P1")
    assert evening.kinds() == ["DutyStarted"]


def test_a_prosecutor_takes_over_and_a_shelter_does_not() -> None:
    for institution, expected in ((PROSECUTOR, "P1"), (SHELTER, "P9")):
        evening = far_and_near(institution=institution)
        evening.ask(c.StartDuty, unit="P1")
        assert evening.holder(institution.value) == expected


def test_a_need_that_waits_goes_before_one_that_could_be_served_better() -> None:
    evening = far_and_near()
    evening.ground.alerts["A2"] = (9000.0, 0.0)
    evening.perform(an_alert("A2"))
    evening.ask(c.StartDuty, unit="P1")
    assert (evening.holder(), evening.holder(alert="A2")) == ("P9", "P1")


def test_who_is_free_because_it_has_said_no_takes_over_nothing() -> None:
    evening = far_and_near(near_m=6500.0)
    evening.ask(c.StartDuty, unit="P1")
    evening.ground.alerts["A2"] = (6500.0, 9000.0)
    evening.perform(an_alert("A2"))
    assert evening.holder(alert="A2") == "P1"
    evening.ground.stations["P1"] = (500.0, 0.0)
    evening.says("P1", c.Decline, reason="no_fuel")
    assert reassigned(evening) == []


def test_the_need_that_gains_most_is_the_one_taken_over() -> None:
    evening = Evening(a_unit("P1"), a_unit("P8"), a_unit("P9"), on_duty=False)
    evening.ground.stations = {"P1": (0.0, 0.0), "P8": (6000.0, 0.0), "P9": (0.0, 9000.0)}
    evening.ground.alerts = {"A1": (100.0, 0.0), "A2": (0.0, 100.0)}
    evening.ask(c.StartDuty, unit="P8")
    evening.perform(an_alert("A1"))
    evening.ask(c.StartDuty, unit="P9")
    evening.perform(an_alert("A2"))
    evening.ask(c.StartDuty, unit="P1")
    assert reassigned(evening) == [("A2", "P9", "nearer_unit")]


def test_a_need_is_not_changed_twice_within_the_time_between_changes() -> None:
    evening = Evening(a_unit("P1"), a_unit("P5"), a_unit("P9"), on_duty=False)
    evening.ground.stations = {"P1": (100.0, 0.0), "P5": (5000.0, 0.0), "P9": (10000.0, 0.0)}
    evening.ask(c.StartDuty, unit="P9")
    evening.perform(an_alert())
    evening.ask(c.StartDuty, unit="P5")
    assert evening.holder() == "P5"
    evening.accepts("P5")
    evening.at += evening.rules.change_min_s - 1
    evening.ask(c.StartDuty, unit="P1")
    assert evening.holder() == "P5"
    evening.ask(c.EndDuty, unit="P1")
    evening.at += 1
    evening.ask(c.StartDuty, unit="P1")
    assert evening.holder() == "P1"


def test_one_that_gives_way_does_not_push_the_next_one_out() -> None:
    evening = Evening(a_unit("P1"), a_unit("P5"), a_unit("P9"), on_duty=False, rules=Rules(change_min_s=0.0))
    evening.ground.stations = {"P1": (0.0, 0.0), "P5": (4000.0, 0.0), "P9": (20000.0, 0.0)}
    evening.ground.alerts = {"A1": (0.0, 0.0), "A2": (8000.0, 0.0)}
    evening.ask(c.StartDuty, unit="P5")
    evening.perform(an_alert("A1"))
    evening.ask(c.StartDuty, unit="P9")
    evening.perform(an_alert("A2"))
    evening.ask(c.StartDuty, unit="P1")
    assert reassigned(evening) == [("A1", "P5", "nearer_unit")]
    assert evening.holder(alert="A2") == "P9"


def test_a_unit_kept_out_or_lacking_takes_over_nothing() -> None:
    evening = Evening(a_unit("P1"), a_unit("P9", capabilities=["english"]), on_duty=False)
    evening.ground.stations = {"P1": (100.0, 0.0), "P9": (9000.0, 0.0)}
    evening.ask(c.StartDuty, unit="P9")
    evening.perform(an_alert(requires=["english"]))
    evening.ask(c.StartDuty, unit="P1")
    assert reassigned(evening) == []


# --- a higher level


def one_patrol(*more: str, threat: str = "weapon_used") -> Evening:
    """The only patrol has been asked for a `standard`; then an `extreme` is raised."""
    evening = Evening(*[a_unit(code) for code in ("P1", *more)])
    evening.perform(an_alert("A1"))
    evening.perform(an_alert("A2", threat={threat: "yes"}))
    return evening


def test_a_higher_level_takes_the_unit_of_a_lower_one_that_then_calls_a_human() -> None:
    evening = one_patrol()
    assert reassigned(evening) == [("A1", "P1", "higher_level")]
    assert evening.holder(alert="A2") == "P1"
    assert evening.assignment(alert="A2").why.rule == "higher_level"
    need = evening.need(alert="A1")
    assert (need.state, need.first, need.alarm is not None) == (NeedState.STUCK, True, True)


def test_who_lost_its_unit_to_a_higher_level_is_first_in_line_of_its_own() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"), a_unit("P3"), on_duty=False)
    evening.perform(an_alert("A0"))
    evening.at += 5
    evening.ask(c.StartDuty, unit="P1")
    evening.perform(an_alert("A1"))
    evening.perform(an_alert("A2", threat={"weapon_used": "yes"}))
    assert evening.need(alert="A0").first
    evening.at += 5
    evening.ask(c.StartDuty, unit="P2")
    assert (evening.holder(alert="A0"), evening.holder(alert="A1")) == ("P2", None)


def test_the_lower_one_is_offered_to_another_in_the_same_moment() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"), rules=Rules(offers_at_once=1))
    evening.ground.stations["P2"] = (4000.0, 0.0)
    evening.perform(an_alert("A1"))
    evening.accepts("P1")
    evening.perform(an_alert("A2", threat={"weapon_used": "yes"}))
    # P2 is 300 s farther than P1: worth taking the nearer one.
    assert (evening.holder(alert="A2"), evening.holder(alert="A1")) == ("P1", "P2")
    assert evening.assignment(alert="A2").why.gain_s == 300.0
    assert evening.need(alert="A1").state is NeedState.OFFERED


def test_a_free_unit_that_is_hardly_farther_is_asked_instead() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"), rules=Rules(offers_at_once=1))
    evening.ground.stations["P2"] = (3300.0, 0.0)
    evening.perform(an_alert("A1"))
    evening.perform(an_alert("A2", threat={"weapon_used": "yes"}))
    assert (evening.holder(alert="A1"), evening.holder(alert="A2")) == ("P1", "P2")


@pytest.mark.parametrize("step", [c.GoEnRoute, c.ArriveOnScene])
def test_who_is_on_the_way_to_a_lower_level_is_not_taken(step: type[c.AssignmentCommand]) -> None:
    evening = Evening(a_unit("P1"))
    evening.perform(an_alert("A1"))
    evening.accepts("P1")
    evening.says("P1", step)
    evening.perform(an_alert("A2", threat={"weapon_used": "yes"}))
    assert (evening.holder(alert="A1"), evening.need(alert="A2").state) == ("P1", NeedState.STUCK)


def test_nothing_is_taken_from_the_same_level() -> None:
    evening = one_patrol()
    evening.perform(an_alert("A3", threat={"weapon_used": "yes"}))
    assert (evening.holder(alert="A2"), evening.need(alert="A3").state) == ("P1", NeedState.STUCK)


def test_a_stuck_need_whose_level_rises_takes_from_a_lower_one() -> None:
    evening = Evening(a_unit("P1"))
    evening.perform(an_alert("A1"))
    evening.perform(an_alert("A2"))
    assert evening.need(alert="A2").state is NeedState.STUCK
    evening.ask(c.RaiseLevel, alert="A2", level=Level.HIGH, reason="shouting")
    assert (evening.holder(alert="A2"), evening.need(alert="A1").first) == ("P1", True)


def test_a_chain_of_levels_ends_with_the_lowest() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"), rules=Rules(offers_at_once=1))
    evening.perform(an_alert("A1"))
    evening.perform(an_alert("A2"))
    evening.ask(c.RaiseLevel, alert="A1", level=Level.HIGH, reason="shouting")
    assert (evening.holder(alert="A1"), evening.holder(alert="A2")) == ("P1", "P2")
    evening.ground.alerts["A3"] = (0.0, 0.0)
    evening.perform(an_alert("A3", threat={"weapon_used": "yes"}))
    assert evening.holder(alert="A3") == "P1"
    assert evening.holder(alert="A1") == "P2"
    assert evening.need(alert="A2").state is NeedState.STUCK


def test_a_need_that_was_taken_from_is_left_alone_for_a_while() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"), rules=Rules(offers_at_once=1, take_gain_s=0.0))
    evening.perform(an_alert("A1"))
    evening.perform(an_alert("A2", threat={"weapon_used": "yes"}))
    assert (evening.holder(alert="A2"), evening.holder(alert="A1")) == ("P1", "P2")
    evening.perform(an_alert("A3", threat={"weapon_used": "yes"}))
    assert (evening.holder(alert="A1"), evening.need(alert="A3").state) == ("P2", NeedState.STUCK)


def test_after_a_while_it_may_be_taken_from_again() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"), rules=Rules(offers_at_once=1, take_gain_s=0.0))
    evening.perform(an_alert("A1"))
    evening.perform(an_alert("A2", threat={"weapon_used": "yes"}))
    evening.accepts("P2")
    evening.accepts("P1")
    evening.at += evening.rules.change_min_s - 1
    evening.perform(an_alert("A3", threat={"weapon_used": "yes"}))
    assert evening.holder(alert="A1") == "P2"
    evening.at += 1
    evening.perform(an_alert("A4", threat={"weapon_used": "yes"}))
    assert ("A1", "P2", "higher_level") in reassigned(evening)


def test_whom_a_person_has_named_is_not_taken_by_a_higher_level() -> None:
    evening = Evening(a_unit("P1"), on_duty=False)
    evening.perform(an_alert("A1", requires=("english",)))
    evening.ask(c.StartDuty, unit="P1")
    evening.ask(c.AssignByHand, alert="A1", need="police", unit="P1")
    evening.perform(an_alert("A2", threat={"weapon_used": "yes"}))
    assert (evening.holder(alert="A1"), evening.need(alert="A2").state) == ("P1", NeedState.STUCK)


@pytest.mark.parametrize("underway", ["A1", "A2"])
def test_of_what_a_unit_holds_only_that_is_taken_to_which_it_has_not_set_off(underway: str) -> None:
    evening = Evening(a_unit("F1", PROSECUTOR, capacity=2))
    for alert in ("A1", "A2"):
        evening.perform(an_alert(alert, PROSECUTOR))
    accepted = evening.assignment("prosecutor", underway).id
    for kind in (c.Accept, c.GoEnRoute):
        evening.ask(kind, assignment=accepted, unit="F1")
    evening.perform(an_alert("A3", PROSECUTOR, threat={"weapon_used": "yes"}))
    other = "A2" if underway == "A1" else "A1"
    assert reassigned(evening) == [(other, "F1", "higher_level")]
