"""Cards: what each viewer sees of the board, and what nobody sees."""

from dataclasses import replace
from typing import Any

import pytest

from app import cards
from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.model import Institution, Why, WhyNot
from app.geo.point import Point
from app.security.fields import Audience
from tests.builders import POLICE, SHELTER, Evening, a_call, a_unit, an_alert

HOME = Point(25.4, -101.9)
PLACE = {"lat": 25.4, "lon": -101.9, "address": "Calle Uno 1"}


def offered(*units: c.UnitFacts) -> Evening:
    evening = Evening(*(units or (a_unit("P1"),)))
    evening.perform(an_alert("A1", units[0].institution if units else POLICE))
    return evening


def own_card(evening: Evening, unit: str = "P1") -> cards.Card:
    (held,) = evening.board.units[unit].held
    assignment = evening.board.assignments[held]
    return cards.assignment_card(evening.board, assignment, PLACE, {"note": ["he is armed"]})


def test_an_offer_shows_its_unit_the_zone_and_the_way_but_neither_place_nor_details() -> None:
    card = own_card(offered())
    assert (card["state"], card["zone"], card["travel_s"]) == ("offered", "centro", 100.0)
    assert (card["where"], card["told"]) == (None, {})


def test_an_accepted_assignment_shows_its_unit_the_place_and_the_details() -> None:
    evening = offered()
    evening.accepts("P1")
    card = own_card(evening)
    assert card["where"] == PLACE
    assert card["told"] == {"note": ["he is armed"]}


def test_a_shelter_is_never_shown_where_she_lives() -> None:
    evening = offered(a_unit("R1", SHELTER, capacity=2))
    evening.accepts("R1")
    card = own_card(evening, "R1")
    assert (card["where"], card["travel_s"]) == (None, None)


def test_the_console_sees_who_holds_each_need_until_when_and_why() -> None:
    evening = offered()
    card = cards.alert_card(evening.board, evening.board.alerts["A1"], HOME, Audience.OPERATOR)
    (need,) = card["needs"]
    assert (need["state"], need["unit"], need["alarm"]) == ("offered", "P1", None)
    assert need["answer_by"] > need["seen_by"] > card["raised_at"]
    assert need["why_text"] == "nearest free patrol by estimate, 1 min 40 s, counted from its station"
    assert card["where"] == {"lat": 25.4, "lon": -101.9}


def test_the_console_sees_a_stuck_need_with_its_alarm_and_the_reasons() -> None:
    evening = offered()
    evening.says("P1", c.Decline, reason="far")
    (need,) = cards.alert_card(evening.board, evening.board.alerts["A1"], None, Audience.OPERATOR)["needs"]
    assert need["state"] == "stuck"
    assert need["alarm"]["acknowledged_by"] is None
    assert need["why_not_text"] == "of 1 on duty: one asked already"


@pytest.mark.parametrize("leaving", [c.Depart, c.ReachSafety])
def test_the_position_of_a_unit_that_has_left_with_her_is_withheld_until_it_is_on_a_scene_again(
    leaving: type[c.AssignmentCommand],
) -> None:
    evening = offered()
    evening.accepts("P1")
    evening.says("P1", c.ArriveOnScene)
    assert cards.shows_position(evening.board.units["P1"])
    evening.says("P1", leaving)
    assert not cards.shows_position(evening.board.units["P1"])
    evening.says("P1", c.Finish)
    assert not cards.shows_position(evening.board.units["P1"])
    evening.perform(an_alert("A2"))
    evening.accepts("P1")
    evening.says("P1", c.GoEnRoute)
    assert not cards.shows_position(evening.board.units["P1"])
    evening.says("P1", c.ArriveOnScene)
    assert cards.shows_position(evening.board.units["P1"])


def test_a_shift_that_ends_ends_the_withholding() -> None:
    evening = offered()
    evening.accepts("P1")
    evening.says("P1", c.ArriveOnScene)
    evening.says("P1", c.ReachSafety)
    evening.says("P1", c.Finish)
    evening.ask(c.EndDuty, unit="P1")
    assert cards.shows_position(evening.board.units["P1"])


def test_a_shelter_is_told_neither_how_far_nor_how_long_the_way_is() -> None:
    card = own_card(offered(a_unit("R1", SHELTER, capacity=2)), "R1")
    assert card["travel_s"] is None
    assert card["why_text"] == "nearest free shelter by estimate"


def test_no_card_of_a_unit_holds_a_place() -> None:
    evening = offered()
    card = cards.unit_card(evening.board.units["P1"], Audience.OPERATOR)
    assert (card["state"], card["capacity"], card["free"]) == ("held", 1, 0)
    assert not {"lat", "lon", "where"} & card.keys()


# --- what the console sees of the newer rules


def extreme(*units: c.UnitFacts, **more: Any) -> Evening:
    evening = Evening(*units)
    evening.perform(an_alert("A1", threat={"weapon_used": "yes"}, **more))
    return evening


def on_console(evening: Evening, alert: str = "A1") -> cards.Card:
    return cards.alert_card(evening.board, evening.board.alerts[alert], HOME, Audience.OPERATOR)


def test_two_that_are_asked_at_once_are_an_offer_with_both_names() -> None:
    (need,) = on_console(extreme(a_unit("P1"), a_unit("P2")))["needs"]
    assert (need["state"], need["unit"]) == ("offered", "P1")
    assert [asked["unit"] for asked in need["asked"]] == ["P1", "P2"]
    assert need["assignment"] == need["asked"][0]["assignment"]


def test_who_is_asked_is_nobody_once_one_has_accepted() -> None:
    evening = extreme(a_unit("P1"), a_unit("P2"))
    evening.accepts("P2")
    (need,) = on_console(evening)["needs"]
    assert (need["state"], need["unit"], need["asked"]) == ("accepted", "P2", [])


def test_the_console_sees_how_the_level_came_about_and_which_calls_there_were() -> None:
    evening = Evening(a_unit("P1"))
    evening.perform(a_call("A1", POLICE, history=2))
    evening.perform(a_call("A2", threat={"weapon_used": "yes"}))
    card = on_console(evening)
    assert [step["level"] for step in card["steps"]] == ["high", "extreme"]
    assert [call["id"] for call in card["calls"]] == ["A1", "A2"]
    assert (card["household"], card["history"]) == (True, 2)
    assert "h-phone" not in str(card)


def test_an_order_is_late_from_the_moment_it_is_due_until_it_is_settled() -> None:
    evening = offered()
    assert on_console(evening)["order"]["late"] is False
    evening.goes(4 * 3600 + 1)
    evening.ask(c.AddNote, alert="A1")
    assert on_console(evening)["order"]["late"] is True
    evening.ask(c.SettleOrder, alert="A1", outcome="refused")
    assert on_console(evening)["order"]["late"] is False


def test_a_shelters_places_are_counted_by_what_they_are_kept_for() -> None:
    evening = offered(a_unit("R1", SHELTER, capacity=4))
    evening.ask(c.SetPlaces, unit="R1", free=2)
    card = cards.unit_card(replace(evening.board.units["R1"], children_max=3), Audience.OPERATOR)
    assert card["places"] == {"free": 2, "held": 1, "awaited": 0, "occupied": 1}
    assert (card["free"], card["children_max"]) == (2, 3)
    evening.accepts("R1")
    assert cards.unit_card(evening.board.units["R1"], Audience.OPERATOR)["places"]["awaited"] == 1
    assert cards.unit_card(offered().board.units["P1"], Audience.OPERATOR)["places"] is None


def test_a_shelter_sees_how_many_children_come_and_how_long_the_place_is_kept() -> None:
    evening = Evening(a_unit("R1", SHELTER, capacity=2))
    evening.perform(replace(an_alert("A1"), needs=(c.NeedWanted(institution=SHELTER, children=2),)))
    assert (own_card(evening, "R1")["children"], own_card(evening, "R1")["hold_until"]) == (2, None)
    evening.accepts("R1")
    card = own_card(evening, "R1")
    assert card["hold_until"] > card["offered_at"]
    assert (card["screen"], card["order"]) == (False, None)


def test_a_prosecutor_sees_when_the_order_is_due_and_a_patrol_does_not() -> None:
    prosecutor = offered(a_unit("F1", Institution.PROSECUTOR))
    assert own_card(prosecutor, "F1")["order"]["outcome"] is None
    patrol = offered()
    assert (own_card(patrol)["order"], own_card(patrol)["screen"]) == (None, False)
    patrol.accepts("P1")
    assert own_card(patrol)["screen"] is True


def test_no_card_of_a_unit_names_another_unit() -> None:
    evening = extreme(a_unit("P1"), a_unit("P2"))
    assert "P2" not in str(own_card(evening))


def test_a_phone_knows_from_when_until_when_it_may_ask_where_to_take_her() -> None:
    evening = Evening(a_unit("P1"), a_unit("R1", SHELTER, capacity=2))
    evening.perform(an_alert("A1", POLICE, SHELTER))
    evening.accepts("P1")
    evening.accepts("R1")
    assert (own_card(evening)["transport"], own_card(evening)["destination"]) == (True, False)
    evening.says("P1", c.ArriveOnScene)
    assert own_card(evening)["destination"] is True
    evening.says("P1", c.ReachSafety)
    assert own_card(evening)["destination"] is False


# --- why something is not the unit's any more


def ended(kind: type[e.AssignmentEvent], **more: Any) -> dict[str, str]:
    return cards.why_gone([kind(alert="A1", need="police", assignment="x", unit="P1", **more)])


@pytest.mark.parametrize(
    ("kind", "more", "said"),
    [
        (e.Reassigned, {"reason": "nearer_unit"}, "nearer_unit"),
        (e.Reassigned, {"reason": "higher_level"}, "higher_level"),
        (e.Outrun, {}, "taken_by_another"),
        (e.OfferExpired, {"cause": "unseen"}, "unseen"),
        (e.HoldExpired, {}, "hold_expired"),
        (e.Recalled, {"reason": "wrong_zone"}, "wrong_zone"),
    ],
)
def test_a_unit_is_told_why_something_was_taken_from_it(
    kind: type[e.AssignmentEvent], more: dict[str, str], said: str
) -> None:
    assert ended(kind, **more) == {"x": said}


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (e.Recalled, {"reason": "recalled"}),
        (e.CalledOff, {"reason": "recalled"}),
        (e.Recalled, {"reason": "too_close"}),
        (e.Declined, {"reason": "busy"}),
        (e.Done, {}),
    ],
)
def test_who_is_kept_out_is_told_nothing(kind: type[e.AssignmentEvent], more: dict[str, str]) -> None:
    assert ended(kind, **more) == {}


@pytest.mark.parametrize(
    ("why", "said"),
    [
        (Why(rule="by_hand"), "assigned by hand"),
        (
            Why(rule="nearest", travel_s=250.2, how="road", nearer_busy=3, nearer_asked=1),
            "nearest free patrol by road, 4 min 10 s; three nearer busy; one nearer asked already",
        ),
        (
            Why(rule="nearest", travel_s=59.4, how="road", nearer_away=11),
            "nearest free patrol by road, 59 s; 11 nearer out of reach",
        ),
        (
            Why(rule="nearer_unit", travel_s=60, how="road", gain_s=300),
            "nearest patrol by road, 1 min 0 s; takes over, nearer by 5 min 0 s than the one before",
        ),
        (
            Why(rule="higher_level", travel_s=60, how="road", gain_s=240.0),
            "nearest patrol by road, 1 min 0 s; taken from an alert of a lower level,"
            " nearer by 4 min 0 s than any free one",
        ),
        (Why(rule="together", travel_s=60, how="road"), "patrol that serves all who wait best by road, 1 min 0 s"),
        (
            Why(rule="nearest", zone_step=1, lacks=("speaks_nahuatl",), resting=True, shift_ends=True),
            "nearest free patrol; from a neighbouring zone; lacks speaks nahuatl; has only just become free;"
            " its shift is nearly over",
        ),
    ],
)
def test_the_reason_of_a_choice_reads_as_a_sentence(why: Why, said: str) -> None:
    assert cards.why_text(Institution.POLICE, why) == said


@pytest.mark.parametrize(
    ("why_not", "said"),
    [
        (WhyNot(), "no shelter is on duty"),
        (WhyNot(on_duty=12, busy=11, lacking=1), "of 12 on duty: 11 busy, one not fit for this need"),
        (
            WhyNot(on_duty=3, kept_out=2, too_close=1),
            "of 3 on duty: two kept out, one too close to a place of the aggressor",
        ),
    ],
)
def test_the_reasons_nobody_may_be_asked_read_as_a_sentence(why_not: WhyNot, said: str) -> None:
    assert cards.why_not_text(Institution.SHELTER, why_not) == said
