"""Places of shelters: kept for her, released, counted."""

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.evolve import evolve
from app.dispatch.model import NeedState
from tests.builders import SHELTER, START, Evening, a_unit, an_alert

from .shelters import BUSY, FREE, HELD, HOLD_S, OCCUPIED, a_place, a_way, expires, on_scene, refused

# --- a place that is kept


def test_an_accepted_place_is_kept_for_her_for_a_while() -> None:
    evening = a_place()
    assert evening.assignment("shelter").hold_until == START + HOLD_S
    assert evening.unit("S1").slots == (BUSY,)


def test_a_patrol_that_accepts_keeps_no_place() -> None:
    evening = Evening(a_unit("P1"))
    evening.perform(an_alert())
    evening.accepts("P1")
    assert evening.assignment().hold_until is None
    assert refused(evening, c.ExtendHold, unit="P1", assignment=evening.assignment().id).code == "not_held"


def test_a_place_kept_long_enough_is_free_again_and_the_search_goes_on_at_once() -> None:
    evening = a_place()
    expires(evening)
    assert evening.kinds() == ["HoldExpired", "Offered"]
    assert evening.need("shelter").state is NeedState.OFFERED


def test_a_place_let_go_goes_to_who_waits_for_it() -> None:
    evening = a_place()
    evening.perform(an_alert("A2", SHELTER, threat={"weapon_used": "yes"}))
    assert evening.need("shelter", "A2").state is NeedState.STUCK
    expires(evening)
    assert (evening.holder("shelter", "A2"), evening.holder("shelter", "A1")) == ("S1", None)


def test_a_place_is_not_let_go_before_its_time() -> None:
    evening = a_place()
    evening.at += HOLD_S - 0.1
    assert refused(evening, c.ExpireHold, assignment=evening.assignment("shelter").id).code == "not_due"


def test_a_place_to_which_she_has_come_is_not_let_go() -> None:
    evening = a_place()
    evening.says("S1", c.ReachSafety)
    evening.at += HOLD_S
    assert refused(evening, c.ExpireHold, assignment=evening.assignment("shelter").id).code == "not_held"
    assert refused(evening, c.ExpireHold, assignment="nothing").code == "not_held"


def test_a_shelter_keeps_a_place_longer_by_saying_so() -> None:
    evening = a_place()
    evening.at += 600
    evening.says("S1", c.ExtendHold)
    assert evening.assignment("shelter").hold_until == START + 600 + HOLD_S


def test_a_place_nobody_keeps_cannot_be_kept_longer() -> None:
    evening = Evening(a_unit("S1", SHELTER))
    evening.perform(an_alert("A1", SHELTER))
    with pytest.raises(c.Refusal) as offered:
        evening.says("S1", c.ExtendHold)
    evening.accepts("S1")
    evening.says("S1", c.ReachSafety)
    with pytest.raises(c.Refusal) as arrived:
        evening.says("S1", c.ExtendHold)
    assert (offered.value.code, arrived.value.code) == ("not_held", "not_held")


def test_while_a_patrol_is_on_its_way_with_her_the_place_stays_hers_and_a_human_is_called() -> None:
    evening = a_way()
    evening.accepts("S1")
    on_scene(evening)
    evening.says("P1", c.Depart)
    expires(evening)
    assert evening.kinds() == ["HoldExtended", "AlarmRaised"]
    assert evening.assignment("shelter").hold_until == evening.at + HOLD_S
    alarm = evening.need("shelter").alarm
    assert alarm is not None
    assert alarm.cause == "hold_extended"


@pytest.mark.parametrize("command", [c.ReachSafety, c.ExtendHold])
def test_the_alarm_over_a_place_kept_longer_ends_when_the_shelter_speaks(
    command: type[c.AssignmentCommand],
) -> None:
    evening = a_way()
    evening.accepts("S1")
    on_scene(evening)
    evening.says("P1", c.Depart)
    expires(evening)
    evening.says("S1", command)
    assert evening.need("shelter").alarm is None


def test_a_place_is_not_given_away_when_the_patrol_says_she_is_safe_and_the_shelter_says_nothing() -> None:
    evening = a_way()
    evening.accepts("S1")
    on_scene(evening)
    for step in (c.Depart, c.ReachSafety, c.Finish):
        evening.says("P1", step)
    expires(evening)
    assert evening.kinds() == ["HoldExtended", "AlarmRaised"]


def test_a_place_is_not_given_away_while_the_shelters_own_vehicle_is_out_for_her() -> None:
    evening = a_place()
    evening.says("S1", c.GoEnRoute)
    expires(evening)
    assert "HoldExtended" in evening.kinds()
    for step in (c.ArriveOnScene, c.Depart, c.ReachSafety, c.Finish):
        evening.says("S1", step)
    assert (evening.need("shelter").state, evening.unit("S1").slots) == (NeedState.DONE, (OCCUPIED,))


def test_a_place_is_not_given_away_while_a_neighbouring_centers_patrol_has_the_transport() -> None:
    evening = Evening(a_unit("S1", SHELTER))
    evening.perform(an_alert("A1", SHELTER))
    evening.accepts("S1")
    evening.board = evolve(evening.board, e.TakenElsewhere(alert="A1", need="transport"), evening.at)
    expires(evening)
    assert evening.kinds() == ["HoldExtended", "AlarmRaised"]


def test_a_place_is_let_go_while_another_patrol_is_only_looked_for() -> None:
    evening = a_way()
    on_scene(evening)
    evening.accepts("S1")
    evening.says("P1", c.Finish)
    expires(evening)
    assert evening.kinds()[0] == "HoldExpired"


def test_a_place_kept_longer_does_not_hide_another_alarm() -> None:
    evening = a_place()
    evening.says("S1", c.GoEnRoute)
    evening.board = evolve(evening.board, e.AlarmRaised(alert="A1", need="shelter", cause="overdue"), evening.at)
    expires(evening)
    assert evening.kinds() == ["HoldExtended"]


def test_a_place_kept_for_a_closed_alert_is_let_go_and_nobody_is_looked_for() -> None:
    evening = a_place()
    evening.ask(c.CloseAlert, alert="A1", disposition="attended", safe="yes", whereabouts="relatives")
    expires(evening)
    assert evening.kinds() == ["CalledOff"]
    assert event_reasons(evening) == {"hold_expired"}
    assert evening.unit("S1").slots == (FREE,)
    assert "A1" not in evening.board.alerts


def event_reasons(evening: Evening) -> set[object]:
    return {event.reason for event in evening.happened if isinstance(event, e.CalledOff | e.NeedDropped)}


# --- she has come


def test_she_moves_in_and_the_place_stays_taken_until_the_shelter_says_that_it_is_free() -> None:
    evening = a_place()
    evening.says("S1", c.ReachSafety)
    evening.says("S1", c.Finish)
    assert evening.kinds() == ["Housed"]
    assert (evening.need("shelter").state, evening.unit("S1").slots) == (NeedState.DONE, (OCCUPIED,))
    evening.perform(an_alert("A2", SHELTER))
    assert evening.holder("shelter", "A2") is None
    evening.ask(c.SetPlaces, unit="S1", free=1)
    assert evening.kinds() == ["PlaceFreed", "Offered"]
    assert evening.holder("shelter", "A2") == "S1"


def test_a_shelter_to_which_nobody_has_come_is_not_done_but_withdraws() -> None:
    evening = a_place()
    with pytest.raises(c.Refusal, match="Withdraw") as refusal:
        evening.says("S1", c.Finish)
    assert refusal.value.code == "not_arrived"
    evening.says("S1", c.Withdraw, reason="not_coming")
    assert evening.unit("S1").slots == (FREE,)


def test_a_shelter_to_which_she_has_come_is_where_it_always_is() -> None:
    evening = a_place()
    evening.says("S1", c.ReachSafety)
    assert not evening.unit("S1").withheld


# --- how many are free


def test_a_shelter_says_how_many_places_are_free_and_slots_follow_lowest_first() -> None:
    evening = Evening(a_unit("S1", SHELTER, capacity=4))
    evening.ask(c.SetPlaces, unit="S1", free=1)
    assert evening.unit("S1").slots == (OCCUPIED, OCCUPIED, OCCUPIED, FREE)
    evening.ask(c.SetPlaces, unit="S1", free=3)
    assert evening.unit("S1").slots == (FREE, FREE, OCCUPIED, FREE)
    evening.ask(c.SetPlaces, unit="S1", free=3)
    assert evening.happened == []


def test_a_full_shelter_is_asked_nothing() -> None:
    evening = Evening(a_unit("S1", SHELTER, capacity=2))
    evening.ask(c.SetPlaces, unit="S1", free=0)
    evening.perform(an_alert("A1", SHELTER))
    assert evening.need("shelter").state is NeedState.STUCK


@pytest.mark.parametrize("free", [-1, 3, 4, 1000])
def test_never_more_places_than_there_are_and_never_fewer_than_none(free: int) -> None:
    evening = Evening(a_unit("S1", SHELTER, capacity=4))
    evening.perform(an_alert("A1", SHELTER))
    evening.accepts("S1")
    evening.perform(an_alert("A2", SHELTER))
    assert evening.unit("S1").slots == (BUSY, HELD, FREE, FREE)
    refusal = refused(evening, c.SetPlaces, unit="S1", free=free)
    assert refusal.code == ("too_few_places" if free < 0 else "too_many_places")
    assert free < 0 or "2 of them are held" in refusal.sentence


def test_who_lives_there_is_not_counted_as_held_for_somebody() -> None:
    evening = Evening(a_unit("S1", SHELTER, capacity=4))
    evening.ask(c.SetPlaces, unit="S1", free=2)
    evening.perform(an_alert("A1", SHELTER))
    refusal = refused(evening, c.SetPlaces, unit="S1", free=4)
    assert refusal.sentence == "S1 has 4 places and 1 of them are held for somebody or awaited."


def test_only_a_shelter_on_duty_says_how_many_places_are_free() -> None:
    evening = Evening(a_unit("P1"), a_unit("S1", SHELTER))
    evening.ask(c.EndDuty, unit="S1")
    assert refused(evening, c.SetPlaces, unit="P1", free=1).code == "not_a_shelter"
    assert refused(evening, c.SetPlaces, unit="S1", free=1).code == "off_duty"
    assert refused(evening, c.SetPlaces, unit="S9", free=1).code == "unknown_unit"


def test_a_lost_shelter_that_says_how_many_places_are_free_is_heard() -> None:
    evening = Evening(a_unit("S1", SHELTER, capacity=2))
    evening.ask(c.LoseUnit, unit="S1")
    evening.ask(c.SetPlaces, unit="S1", free=1)
    assert evening.kinds() == ["UnitHeard", "PlaceTaken"]


def test_who_lives_in_a_place_outlasts_the_shift_and_the_list() -> None:
    evening = Evening(a_unit("S1", SHELTER, capacity=2))
    evening.ask(c.SetPlaces, unit="S1", free=1)
    evening.ask(c.EndDuty, unit="S1")
    evening.ask(c.ListUnits, units=(a_unit("S1", SHELTER, capacity=3),))
    evening.ask(c.StartDuty, unit="S1")
    assert evening.unit("S1").slots == (OCCUPIED, FREE, FREE)
