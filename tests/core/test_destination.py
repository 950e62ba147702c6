"""Who may know where the place is that is kept for her, and for how long."""

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.evolve import evolve
from app.dispatch.model import Assignment
from app.dispatch.of_places import destination, transporter
from tests.builders import POLICE, SHELTER, Evening, a_unit, an_alert

from .shelters import a_way, on_scene


def steps_of_the_way(evening: Evening) -> list[tuple[str, Assignment | None]]:
    """What may be told at each step of a patrol that is asked to take her."""
    told = []
    for step in (c.SeeOffer, c.Accept, c.GoEnRoute, c.ArriveOnScene, c.Depart, c.ReachSafety):
        evening.says("P1", step)
        told.append((step.__name__, transporter(evening.board, "A1")))
    return told


def test_only_while_the_transport_lasts_may_its_unit_know_where_the_place_is() -> None:
    evening = a_way()
    evening.accepts("S1")
    told = {step for step, carrier in steps_of_the_way(evening) if carrier is not None and carrier.unit == "P1"}
    assert told == {"ArriveOnScene", "Depart"}


def test_without_a_place_kept_for_her_nobody_may_know() -> None:
    evening = a_way()
    assert all(carrier is None for _, carrier in steps_of_the_way(evening))
    assert transporter(evening.board, "A9") is None


def test_a_place_that_was_only_asked_for_is_told_to_nobody() -> None:
    evening = Evening(a_unit("P1"), a_unit("S1", SHELTER), a_unit("S2", SHELTER))
    evening.perform(an_alert("A1", POLICE, SHELTER))
    on_scene(evening)
    evening.accepts("S1")
    evening.says("S1", c.Withdraw, reason="full")
    assert evening.holder("shelter") == "S2"
    assert transporter(evening.board, "A1") is None


def test_a_patrol_that_left_with_her_may_know_even_if_it_never_said_that_it_was_there() -> None:
    evening = a_way()
    evening.accepts("S1")
    evening.accepts("P1")
    evening.says("P1", c.GoEnRoute)
    evening.says("P1", c.Depart)
    assert transporter(evening.board, "A1") is not None


def test_a_patrol_that_does_not_take_her_may_not_know() -> None:
    evening = a_way("P1", "P2")
    on_scene(evening, "P1")
    evening.accepts("S1")
    evening.ask(c.AddNeed, alert="A1", wanted=c.NeedWanted(institution=POLICE))
    on_scene(evening, "P2")
    evening.says("P2", c.Depart)
    carrier = transporter(evening.board, "A1")
    assert carrier is not None
    assert carrier.unit == "P1"


@pytest.mark.parametrize("end", [c.ReachSafety, c.Withdraw])
def test_nobody_may_know_any_more_when_she_has_come_or_the_place_is_gone(end: type[c.AssignmentCommand]) -> None:
    evening = a_way()
    evening.accepts("S1")
    on_scene(evening)
    evening.says("P1", c.Depart)
    assert transporter(evening.board, "A1") is not None
    evening.says("S1", end, **({"reason": "full"} if end is c.Withdraw else {}))
    assert transporter(evening.board, "A1") is None


def test_she_is_brought_to_the_place_accepted_first() -> None:
    evening = Evening(a_unit("P1"), a_unit("S1", SHELTER), a_unit("S2", SHELTER))
    evening.perform(an_alert("A1", POLICE, SHELTER))
    evening.ask(c.AddNeed, alert="A1", wanted=c.NeedWanted(institution=SHELTER))
    evening.accepts("S2")
    evening.at += 1
    evening.accepts("S1")
    place = destination(evening.board, "A1")
    assert place is not None
    assert place.unit == "S2"


def test_of_two_that_could_take_her_only_the_one_in_whose_car_she_sits_may_know() -> None:
    evening = a_way("P1", "P2")
    on_scene(evening, "P1")
    evening.accepts("S1")
    evening.ask(c.AddNeed, alert="A1", wanted=c.NeedWanted(institution=POLICE))
    evening.at += 1
    on_scene(evening, "P2")
    evening.board = evolve(evening.board, e.TransportAsked(alert="A1", need="police-2"), evening.at)
    assert carrier_of(evening) == "P1"
    evening.says("P2", c.Depart)
    assert carrier_of(evening) == "P2"


def carrier_of(evening: Evening) -> str | None:
    carrier = transporter(evening.board, "A1")
    return None if carrier is None else carrier.unit


def test_of_an_alert_there_is_not_nobody_knows_a_destination() -> None:
    assert destination(a_way().board, "A9") is None
