"""Two at once: an `extreme` alert is offered to two units, and the first to accept keeps it."""

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.model import Level, NeedState, UnitState
from app.dispatch.rules import Rules
from tests.builders import POLICE, PROSECUTOR, SHELTER, Evening, a_unit, an_alert

ARMED = {"weapon_used": "yes"}


def asked(evening: Evening, need: str = "police", alert: str = "A1") -> list[str]:
    return [evening.board.assignments[live].unit for live in evening.need(need, alert).live]


def an_extreme_call(*codes: str) -> Evening:
    evening = Evening(*[a_unit(code) for code in codes or ("P1", "P2", "P3")])
    evening.perform(an_alert(threat=ARMED))
    assert evening.alert().level is Level.EXTREME
    return evening


def test_an_extreme_alert_is_offered_to_the_two_best_at_once() -> None:
    evening = an_extreme_call()
    assert asked(evening) == ["P1", "P2"]
    assert evening.need().state is NeedState.OFFERED_TWICE


def test_a_lesser_one_is_offered_to_one() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.perform(an_alert(threat={"children_present": "yes"}))
    assert evening.alert().level is not Level.EXTREME
    assert asked(evening) == ["P1"]


def test_a_center_may_choose_to_ask_only_one() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"), rules=Rules(offers_at_once=1))
    evening.perform(an_alert(threat=ARMED))
    assert asked(evening) == ["P1"]


def test_a_shelter_is_never_one_of_two() -> None:
    evening = Evening(a_unit("S1", SHELTER), a_unit("S2", SHELTER))
    evening.perform(an_alert("A1", SHELTER, threat=ARMED))
    assert asked(evening, "shelter") == ["S1"]


def test_a_prosecutor_with_room_for_two_is_asked_once_for_one_need() -> None:
    evening = Evening(a_unit("F1", PROSECUTOR, capacity=2))
    evening.perform(an_alert("A1", PROSECUTOR, threat=ARMED))
    assert asked(evening, "prosecutor") == ["F1"]


def test_where_nobody_is_there_for_the_second_offer_nothing_else_happens() -> None:
    evening = an_extreme_call("P1")
    assert asked(evening) == ["P1"]
    assert "AlarmRaised" not in evening.kinds()


@pytest.mark.parametrize("first", ["P1", "P2"])
def test_the_first_to_accept_keeps_it_and_the_other_is_told_at_once(first: str) -> None:
    evening = an_extreme_call("P1", "P2")
    evening.accepts(first)
    other = "P2" if first == "P1" else "P1"
    assert evening.kinds()[:2] == ["Outrun", "Accepted"]
    assert (evening.holder(), evening.unit(other).state) == (first, UnitState.FREE)


def test_when_one_of_two_declines_the_next_best_takes_its_place() -> None:
    evening = an_extreme_call()
    evening.says("P2", c.Decline, reason="no_fuel")
    assert evening.kinds() == ["Declined", "Offered"]
    assert asked(evening) == ["P1", "P3"]


def test_when_one_of_two_is_silent_the_next_best_takes_its_place() -> None:
    evening = an_extreme_call()
    evening.says("P1", c.SeeOffer)
    evening.goes(evening.rules.clock(POLICE, Level.EXTREME).seen_within_s)
    assert asked(evening) == ["P1", "P3"]


def test_an_alert_that_becomes_extreme_is_offered_to_a_second_unit_then() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.perform(an_alert())
    assert asked(evening) == ["P1"]
    evening.ask(c.RaiseLevel, alert="A1", level=Level.EXTREME, reason="she_is_hurt")
    assert asked(evening) == ["P1", "P2"]


def test_a_unit_that_becomes_free_gets_the_second_offer() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.perform(an_alert("A0"))
    evening.accepts("P1")
    evening.says("P1", c.ArriveOnScene)
    evening.perform(an_alert(threat=ARMED))
    assert asked(evening) == ["P2"]
    evening.says("P1", c.Finish)
    assert asked(evening) == ["P2", "P1"]


def test_a_need_with_nobody_goes_before_a_second_offer() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.perform(an_alert("A0"))
    evening.accepts("P1")
    evening.says("P1", c.ArriveOnScene)
    evening.perform(an_alert("A1", threat=ARMED))
    evening.perform(an_alert("A2"))
    evening.says("P1", c.Finish)
    assert (asked(evening, alert="A1"), asked(evening, alert="A2")) == (["P2"], ["P1"])


def test_beside_a_unit_named_by_hand_nobody_else_is_asked() -> None:
    evening = an_extreme_call("P1", "P2", "P3")
    evening.ask(c.AssignByHand, alert="A1", need="police", unit="P3")
    assert asked(evening) == ["P3"]


def test_two_offers_have_ids_and_deadlines_of_their_own() -> None:
    evening = an_extreme_call("P1", "P2")
    offers = [event for event in evening.happened if isinstance(event, e.Offered)]
    assert len({offer.assignment for offer in offers}) == 2
    assert all(offer.why.rule == "nearest" for offer in offers)
