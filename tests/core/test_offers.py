"""What follows an offer: yes, no, silence, and what a unit says on its way."""

from typing import Any

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.model import NeedState, UnitState
from tests.builders import PROSECUTOR, SHELTER, START, Evening, a_unit, an_alert


def a_call(*codes: str) -> Evening:
    evening = Evening(*[a_unit(code) for code in codes or ("P1", "P2")])
    evening.perform(an_alert())
    return evening


def test_a_unit_that_accepts_keeps_the_need() -> None:
    evening = a_call()
    evening.accepts("P1")
    assert (evening.need().state, evening.holder()) == (NeedState.ACCEPTED, "P1")
    assert evening.unit("P1").state is UnitState.BUSY
    evening.goes(3600)
    assert set(evening.kinds()) == {"AlarmRaised"}
    assert (evening.need().state, evening.holder()) == (NeedState.ACCEPTED, "P1")


def test_a_whole_task_from_offer_to_clear() -> None:
    evening = a_call()
    for step in (c.ConfirmDelivery, c.SeeOffer, c.Accept, c.GoEnRoute, c.ArriveOnScene, c.MakeContact, c.Depart):
        evening.at += 1
        evening.says("P1", step)
    evening.at += 1
    evening.says("P1", c.ReachSafety)
    names = ("delivered", "seen", "accepted", "en_route", "on_scene", "contact", "departed", "safe")
    assert evening.assignment().stamps == {name: START + after for after, name in enumerate(names, start=1)}
    evening.says("P1", c.Finish)
    assert evening.need().state is NeedState.DONE
    assert evening.unit("P1").state is UnitState.FREE
    assert not evening.board.assignments


def test_a_decline_goes_to_the_next_unit_at_once() -> None:
    evening = a_call()
    evening.says("P1", c.Decline, reason="no fuel")
    assert evening.kinds() == ["Declined", "Offered"]
    assert evening.holder() == "P2"
    assert evening.unit("P1").state is UnitState.FREE


def test_an_offer_nobody_saw_goes_on_and_the_unit_is_lost_until_it_is_heard() -> None:
    evening = a_call()
    assert evening.goes(19.9) == []
    evening.goes(0.1)
    assert evening.kinds() == ["OfferExpired", "UnitLost", "Offered"]
    assert [event.cause for event in evening.happened if isinstance(event, e.OfferExpired)] == ["unseen"]
    assert evening.unit("P1").state is UnitState.UNREACHABLE
    evening.ask(c.HearUnit, unit="P1")
    assert evening.unit("P1").state is UnitState.FREE


def test_a_lost_unit_is_asked_nothing() -> None:
    evening = a_call("P1")
    evening.goes(20)
    evening.perform(an_alert("A2"))
    assert evening.need(alert="A2").state is NeedState.STUCK


def test_an_offer_delivered_but_not_seen_goes_on_and_the_unit_stays_free() -> None:
    evening = a_call()
    evening.says("P1", c.ConfirmDelivery)
    evening.goes(20)
    assert evening.kinds() == ["OfferExpired", "Offered"]
    assert evening.unit("P1").state is UnitState.FREE


def test_an_offer_seen_but_not_answered_goes_on_at_its_second_deadline() -> None:
    evening = a_call()
    evening.says("P1", c.SeeOffer)
    assert evening.goes(44.9) == []
    evening.goes(0.1)
    assert [event.cause for event in evening.happened if isinstance(event, e.OfferExpired)] == ["unanswered"]
    assert (evening.holder(), evening.unit("P1").state) == ("P2", UnitState.FREE)


def test_an_offer_that_is_over_cannot_be_accepted_even_before_the_ticker_comes() -> None:
    evening = a_call()
    evening.at += 20
    with pytest.raises(c.Refusal) as refusal:
        evening.says("P1", c.Accept)
    assert refusal.value.code == "offer_over"


def test_an_offer_does_not_expire_before_its_time_or_after_its_answer() -> None:
    evening = a_call()
    assignment = evening.assignment().id
    with pytest.raises(c.Refusal, match="not come"):
        evening.ask(c.ExpireOffer, assignment=assignment)
    evening.accepts("P1")
    evening.at += 60
    with pytest.raises(c.Refusal, match="answered"):
        evening.ask(c.ExpireOffer, assignment=assignment)


def test_a_unit_that_withdraws_is_free_and_the_next_is_asked() -> None:
    evening = a_call()
    evening.accepts("P1")
    evening.says("P1", c.GoEnRoute)
    evening.says("P1", c.Withdraw, reason="crash")
    assert evening.kinds() == ["Withdrawn", "Offered"]
    assert evening.holder() == "P2"


def test_nobody_withdraws_from_the_scene() -> None:
    evening = a_call()
    evening.accepts("P1")
    evening.says("P1", c.ArriveOnScene)
    with pytest.raises(c.Refusal) as refusal:
        evening.says("P1", c.Withdraw, reason="tired")
    assert refusal.value.code == "wrong_state"


@pytest.mark.parametrize(
    ("command", "stamp"),
    [(c.MakeContact, "contact"), (c.Depart, "departed"), (c.ReachSafety, "safe")],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_the_same_stamp_twice_counts_once_and_the_first_time_stands(
    command: type[c.AssignmentCommand], stamp: str
) -> None:
    evening = a_call()
    evening.accepts("P1")
    evening.says("P1", c.ArriveOnScene)
    evening.says("P1", command)
    seq = evening.board.seq
    evening.at += 60
    evening.says("P1", command)
    assert (evening.happened, evening.board.seq) == ([], seq)
    assert evening.assignment().stamps[stamp] == START


@pytest.mark.parametrize("command", [c.SeeOffer, c.Accept, c.GoEnRoute, c.MakeContact, c.Finish])
def test_the_assignment_of_another_unit_does_not_exist_for_a_stranger(command: type[c.AssignmentCommand]) -> None:
    evening = a_call()
    mine = evening.assignment().id
    with pytest.raises(c.Refusal) as of_another:
        evening.ask(command, assignment=mine, unit="P2")
    with pytest.raises(c.Refusal) as of_nobody:
        evening.ask(command, assignment="nothing", unit="P2")
    assert of_another.value.code == of_nobody.value.code == "unknown_assignment"
    assert of_another.value.sentence == of_nobody.value.sentence


@pytest.mark.parametrize(
    ("command", "fields"),
    [(c.GoEnRoute, {}), (c.Finish, {}), (c.MakeContact, {}), (c.Withdraw, {"reason": "early"})],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_step_out_of_order_is_refused_and_changes_nothing(
    command: type[c.AssignmentCommand], fields: dict[str, Any]
) -> None:
    evening = a_call()
    before = evening.board
    with pytest.raises(c.Refusal) as refusal:
        evening.says("P1", command, **fields)
    assert refusal.value.code == "wrong_state"
    assert evening.board == before


def test_a_declined_unit_may_be_asked_again_after_its_rest() -> None:
    evening = a_call("P1")
    evening.says("P1", c.Decline, reason="busy")
    assert evening.need().state is NeedState.STUCK
    evening.goes(evening.rules.ask_again_after_s - 1)
    assert evening.need().state is NeedState.STUCK
    evening.goes(1)
    assert evening.holder() == "P1"


def test_a_prosecutor_can_be_in_contact_without_being_on_the_way() -> None:
    evening = Evening(a_unit("F1", PROSECUTOR))
    evening.perform(an_alert("A1", PROSECUTOR))
    evening.accepts("F1")
    evening.says("F1", c.MakeContact)
    evening.says("F1", c.Finish)
    assert evening.need("prosecutor").state is NeedState.DONE


def test_a_shelter_with_three_places_takes_three_of_five_alerts_and_the_rest_call_a_human() -> None:
    evening = Evening(a_unit("S1", SHELTER, capacity=3))
    for number in range(1, 6):
        evening.perform(an_alert(f"A{number}", SHELTER))
    states = [evening.need("shelter", f"A{number}").state for number in range(1, 6)]
    assert states == [NeedState.OFFERED] * 3 + [NeedState.STUCK] * 2
    assert sorted(evening.unit("S1").held.values()) == [0, 1, 2]


def test_a_place_that_becomes_free_goes_to_who_waits_longest() -> None:
    evening = Evening(a_unit("S1", SHELTER, capacity=1))
    for number in (1, 2, 3):
        evening.at += 1
        evening.perform(an_alert(f"A{number}", SHELTER))
    evening.accepts("S1")
    evening.says("S1", c.ReachSafety)
    evening.says("S1", c.Finish)
    assert (evening.holder("shelter", "A2"), evening.holder("shelter", "A3")) == (None, None)
    evening.ask(c.SetPlaces, unit="S1", free=1)
    assert (evening.holder("shelter", "A2"), evening.holder("shelter", "A3")) == ("S1", None)


def test_a_shelter_heard_about_one_offer_is_not_lost_over_another() -> None:
    evening = Evening(a_unit("S1", SHELTER, capacity=2))
    evening.perform(an_alert("A1", SHELTER))
    evening.at += 10
    evening.perform(an_alert("A2", SHELTER))
    second = evening.assignment("shelter", "A2").id
    evening.ask(c.SeeOffer, assignment=second, unit="S1")
    evening.goes(50)
    assert evening.kinds() == ["OfferExpired", "NeedStuck", "AlarmRaised"]
    assert evening.holder("shelter", "A2") == "S1"


def test_a_shelter_not_heard_at_all_loses_every_unanswered_offer_at_once() -> None:
    evening = Evening(a_unit("S1", SHELTER, capacity=2))
    evening.perform(an_alert("A1", SHELTER))
    evening.at += 10
    evening.perform(an_alert("A2", SHELTER))
    evening.goes(50)
    assert evening.kinds().count("OfferExpired") == 2
    assert evening.unit("S1").slots == (UnitState.UNREACHABLE, UnitState.UNREACHABLE)


def test_the_same_evening_twice_makes_the_same_ids() -> None:
    ids = [a_call().assignment().id for _ in range(2)]
    assert ids[0] == ids[1]
    evening = a_call()
    evening.says("P1", c.Decline, reason="no")
    assert evening.assignment().id != ids[0]
