"""Cards: what each viewer sees of the board, and what nobody sees."""

import pytest

from app import cards
from app.dispatch import commands as c
from app.dispatch.model import Institution, Why, WhyNot
from app.geo.point import Point
from tests.builders import POLICE, SHELTER, Evening, a_unit, an_alert

HOME = Point(25.4, -101.9)
PLACE = {"lat": 25.4, "lon": -101.9, "address": "Calle Uno 1"}


def offered(*units: c.UnitFacts) -> Evening:
    evening = Evening(*(units or (a_unit("P1"),)))
    evening.perform(an_alert("A1", units[0].institution if units else POLICE))
    return evening


def own_card(evening: Evening, unit: str = "P1") -> cards.Card:
    (assignment,) = cards.mine(evening.board, unit)
    return cards.assignment_card(evening.board, assignment, PLACE, {"note": "he is armed"})


def test_an_offer_shows_its_unit_the_zone_and_the_way_but_neither_place_nor_details() -> None:
    card = own_card(offered())
    assert (card["state"], card["zone"], card["travel_s"]) == ("offered", "centro", 100.0)
    assert (card["where"], card["told"]) == (None, {})


def test_an_accepted_assignment_shows_its_unit_the_place_and_the_details() -> None:
    evening = offered()
    evening.accepts("P1")
    card = own_card(evening)
    assert card["where"] == PLACE
    assert card["told"] == {"note": "he is armed"}


def test_a_shelter_is_never_shown_where_she_lives() -> None:
    evening = offered(a_unit("R1", SHELTER, capacity=2))
    evening.accepts("R1")
    card = own_card(evening, "R1")
    assert (card["where"], card["travel_s"]) == (None, None)


def test_a_unit_holds_its_own_assignments_and_no_others() -> None:
    evening = offered(a_unit("P1"), a_unit("P2"))
    assert [assignment.unit for assignment in cards.mine(evening.board, "P1")] == ["P1"]
    assert cards.mine(evening.board, "P2") == []
    assert cards.mine(evening.board, "nobody") == []


def test_the_console_sees_who_holds_each_need_until_when_and_why() -> None:
    evening = offered()
    card = cards.alert_card(evening.board, evening.board.alerts["A1"], HOME)
    (need,) = card["needs"]
    assert (need["state"], need["unit"], need["alarm"]) == ("offered", "P1", None)
    assert need["answer_by"] > need["seen_by"] > card["raised_at"]
    assert need["why_text"] == "nearest free patrol by estimate, 1 min 40 s, counted from its station"
    assert card["where"] == {"lat": 25.4, "lon": -101.9}


def test_the_console_sees_a_stuck_need_with_its_alarm_and_the_reasons() -> None:
    evening = offered()
    evening.says("P1", c.Decline, reason="far")
    (need,) = cards.alert_card(evening.board, evening.board.alerts["A1"], None)["needs"]
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
    card = cards.unit_card(evening.board.units["P1"])
    assert (card["state"], card["capacity"], card["free"]) == ("held", 1, 0)
    assert not {"lat", "lon", "where"} & card.keys()


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
    ],
)
def test_the_reason_of_a_choice_reads_as_a_sentence(why: Why, said: str) -> None:
    assert cards.why_text(Institution.POLICE, why) == said


@pytest.mark.parametrize(
    ("why_not", "said"),
    [
        (WhyNot(), "no shelter is on duty"),
        (WhyNot(on_duty=12, busy=11, lacking=1), "of 12 on duty: 11 busy, one not fit for this need"),
    ],
)
def test_the_reasons_nobody_may_be_asked_read_as_a_sentence(why_not: WhyNot, said: str) -> None:
    assert cards.why_not_text(Institution.SHELTER, why_not) == said
