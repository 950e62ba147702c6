"""What a unit says of its own assignment: who of two accepts first, when it is overdue, that its crew is well."""

from typing import Any

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.evolve import evolve
from app.dispatch.model import Assignment, Institution, NeedState, UnitState, Why
from app.dispatch.rules import Rules
from tests.builders import POLICE, PROSECUTOR, SHELTER, START, Evening, a_unit, an_alert
from tests.core.evenings import RushHour


def two_asked() -> tuple[Evening, Assignment, Assignment]:
    """P1 and P2 are asked for one need."""
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.perform(an_alert())
    first = evening.assignment()
    second = e.Offered(
        alert="A1",
        need="police",
        assignment="second",
        unit="P2",
        slot=0,
        why=Why(rule="nearest"),
        seen_by=first.seen_by,
        answer_by=first.answer_by,
    )
    evening.board = evolve(evening.board, second, evening.at)
    return evening, first, evening.board.assignments["second"]


# --- two are asked


@pytest.mark.parametrize(("faster", "slower"), [("P1", "P2"), ("P2", "P1")])
def test_of_two_that_are_asked_the_first_to_accept_keeps_it_and_the_other_is_told_at_once(
    faster: str, slower: str
) -> None:
    evening, _, _ = two_asked()
    evening.says(faster, c.Accept)
    said = [event for event in evening.happened if isinstance(event, e.AssignmentEvent)]
    assert [(type(event).__name__, event.unit) for event in said] == [
        ("Outrun", slower),
        ("Accepted", faster),
    ]
    assert (evening.need().state, evening.holder()) == (NeedState.ACCEPTED, faster)
    assert evening.unit(slower).state is UnitState.FREE


def test_who_was_outrun_cannot_accept_any_more() -> None:
    evening, first, second = two_asked()
    evening.says("P2", c.Accept)
    with pytest.raises(c.Refusal) as refusal:
        evening.ask(c.Accept, assignment=first.id, unit="P1")
    assert refusal.value.code == "unknown_assignment"
    assert evening.assignment().id == second.id


def test_who_was_outrun_may_be_asked_again_at_once() -> None:
    evening, _, _ = two_asked()
    evening.says("P2", c.Accept)
    evening.says("P2", c.Withdraw, reason="crash")
    assert evening.holder() == "P1"


def test_a_decline_of_one_of_two_leaves_the_other_asked() -> None:
    evening, _, second = two_asked()
    evening.says("P1", c.Decline, reason="no_fuel")
    assert evening.kinds() == ["Declined"]
    assert (evening.need().state, evening.need().live) == (NeedState.OFFERED, (second.id,))


def test_each_of_two_has_its_own_deadline_and_receipt() -> None:
    evening, first, second = two_asked()
    evening.says("P1", c.ConfirmDelivery)
    evening.says("P1", c.SeeOffer)
    evening.at = second.seen_by
    with pytest.raises(c.Refusal, match="not come"):
        evening.ask(c.ExpireOffer, assignment=first.id)
    evening.ask(c.ExpireOffer, assignment=second.id)
    assert [event.cause for event in evening.happened if isinstance(event, e.OfferExpired)] == ["unseen"]
    assert (evening.need().live, evening.unit("P2").state) == ((first.id,), UnitState.UNREACHABLE)


def test_an_offer_whose_time_is_over_outruns_nobody() -> None:
    evening, first, second = two_asked()
    evening.says("P1", c.SeeOffer)
    evening.at = second.seen_by
    with pytest.raises(c.Refusal) as refusal:
        evening.says("P2", c.Accept)
    assert refusal.value.code == "offer_over"
    assert evening.need().live == (first.id, second.id)


# --- on the way


@pytest.mark.parametrize(
    ("speed_m_s", "travel_s", "allowed_s"),
    [(10.0, 100.0, 220.0), (1.0, 1000.0, 1500.0)],
    ids=["near: the margin", "far: the factor"],
)
def test_a_unit_on_its_way_has_a_time_by_which_it_is_overdue(
    speed_m_s: float, travel_s: float, allowed_s: float
) -> None:
    evening = Evening(a_unit("P1"), rules=Rules(overdue_factor=1.5, overdue_margin_s=120.0))
    evening.ground.speed_m_s = speed_m_s
    evening.perform(an_alert())
    evening.accepts("P1")
    evening.at += 5
    evening.says("P1", c.GoEnRoute)
    (went,) = [event for event in evening.happened if isinstance(event, e.WentEnRoute)]
    assert (went.travel_s, went.arrive_by) == (travel_s, START + 5 + allowed_s)
    assert evening.assignment().arrive_by == START + 5 + allowed_s


def test_the_way_is_counted_from_where_the_unit_is_when_it_sets_off() -> None:
    evening = Evening(a_unit("P1"))
    evening.perform(an_alert())
    evening.accepts("P1")
    evening.ground.alerts["A1"] = (0.0, 3000.0)
    list(evening.ground.near("A1", {"P1": None}, START))
    evening.says("P1", c.GoEnRoute)
    (went,) = [event for event in evening.happened if isinstance(event, e.WentEnRoute)]
    assert went.travel_s == pytest.approx(316.2)


@pytest.mark.parametrize(
    ("institution", "after_s", "travel_s"),
    [(POLICE, 0, 50.0), (POLICE, 3600, 100.0), (PROSECUTOR, 0, 100.0), (PROSECUTOR, 3600, 200.0)],
)
def test_the_way_is_counted_as_this_institution_drives_at_this_hour(
    institution: Institution, after_s: float, travel_s: float
) -> None:
    evening = Evening(a_unit("U1", institution), ground=RushHour())
    evening.at += after_s
    evening.perform(an_alert("A1", institution))
    assert evening.assignment(institution.value).why.travel_s == travel_s
    evening.accepts("U1")
    evening.says("U1", c.GoEnRoute)
    (went,) = [event for event in evening.happened if isinstance(event, e.WentEnRoute)]
    assert went.travel_s == travel_s


# --- the crew is well


def test_a_crew_says_that_it_is_well_as_often_as_it_likes() -> None:
    evening = Evening(a_unit("P1"))
    evening.perform(an_alert())
    evening.accepts("P1")
    evening.says("P1", c.ArriveOnScene)
    for _ in range(2):
        evening.at += 60
        evening.says("P1", c.ConfirmWell)
        assert evening.kinds() == ["CrewWell"]
        assert evening.assignment().heard_at == evening.at


@pytest.mark.parametrize("steps", [(), (c.SeeOffer,)], ids=["offered", "seen"])
def test_who_has_accepted_nothing_does_not_say_that_it_is_well(
    steps: tuple[type[c.AssignmentCommand], ...],
) -> None:
    evening = Evening(a_unit("P1"))
    evening.perform(an_alert())
    for step in steps:
        evening.says("P1", step)
    with pytest.raises(c.Refusal) as refusal:
        evening.says("P1", c.ConfirmWell)
    assert refusal.value.code == "wrong_state"


# --- whatever it says, it is heard


@pytest.mark.parametrize(
    ("command", "fields"),
    [
        (c.ReachSafety, {}),
        (c.ExtendHold, {}),
        (c.ConfirmWell, {}),
        (c.GoEnRoute, {}),
        (c.Withdraw, {"reason": "full"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_lost_unit_that_says_anything_is_heard(
    command: type[c.AssignmentCommand], fields: dict[str, Any]
) -> None:
    evening = Evening(a_unit("S1", SHELTER, capacity=2, capabilities=("vehicle",)))
    evening.perform(an_alert("A1", SHELTER))
    evening.accepts("S1")
    evening.ask(c.LoseUnit, unit="S1")
    evening.says("S1", command, **fields)
    assert evening.kinds()[0] == "UnitHeard"


def test_a_lost_unit_that_repeats_itself_is_heard() -> None:
    evening = Evening(a_unit("S1", SHELTER, capacity=2, capabilities=("vehicle",)))
    evening.perform(an_alert("A1", SHELTER))
    evening.accepts("S1")
    evening.says("S1", c.ReachSafety)
    evening.ask(c.LoseUnit, unit="S1")
    evening.says("S1", c.ReachSafety)
    assert evening.kinds() == ["UnitHeard"]


# --- the end


def test_a_patrol_that_left_with_her_was_there_even_if_nobody_pressed_so() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.perform(an_alert())
    evening.accepts("P1")
    evening.says("P1", c.GoEnRoute)
    with pytest.raises(c.Refusal) as refusal:
        evening.says("P1", c.Finish)
    assert refusal.value.code == "not_on_scene"
    evening.says("P1", c.Depart)
    evening.says("P1", c.Finish)
    assert evening.need().state is NeedState.DONE


def test_who_withdraws_from_a_closed_alert_is_let_go_and_nobody_is_looked_for() -> None:
    evening = Evening(a_unit("F1", PROSECUTOR))
    evening.perform(an_alert("A1", PROSECUTOR))
    evening.accepts("F1")
    evening.ask(c.CloseAlert, alert="A1", disposition="attended", safe="yes", whereabouts="home", order="issued")
    evening.says("F1", c.Withdraw, reason="ill")
    assert evening.kinds() == ["CalledOff"]
    assert "A1" not in evening.board.alerts
