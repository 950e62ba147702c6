"""Places of shelters: kept for her, released, counted; who takes her there, and who may know where it is."""

from collections.abc import Sequence

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.decide import Decision
from app.dispatch.evolve import evolve
from app.dispatch.model import Assignment, NeedState, UnitState
from app.dispatch.of_places import destination, transporter
from tests.builders import POLICE, PROSECUTOR, SHELTER, START, Evening, a_unit, an_alert

HOLD_S = Evening().rules.hold_s
FREE, HELD, BUSY, OCCUPIED = UnitState.FREE, UnitState.HELD, UnitState.BUSY, UnitState.OCCUPIED


def a_place(*, capacity: int = 1, capabilities: Sequence[str] = ("vehicle",)) -> Evening:
    """A shelter that fetches her itself, and has accepted."""
    evening = Evening(a_unit("S1", SHELTER, capacity=capacity, capabilities=capabilities))
    evening.perform(an_alert("A1", SHELTER))
    evening.accepts("S1")
    return evening


def a_way(*patrols: str) -> Evening:
    """Patrols, the first of them asked, and a shelter that cannot fetch her and has been asked."""
    evening = Evening(*[a_unit(code) for code in patrols or ("P1",)], a_unit("S1", SHELTER))
    evening.perform(an_alert("A1", POLICE, SHELTER))
    return evening


def on_scene(evening: Evening, unit: str = "P1") -> None:
    """The patrol accepts, and is there."""
    evening.accepts(unit)
    evening.says(unit, c.ArriveOnScene)


def expires(evening: Evening, need: str = "shelter") -> Decision:
    """The place has been kept long enough, and the clock says so."""
    place = evening.assignment(need)
    assert place.hold_until is not None
    evening.at = place.hold_until
    return evening.ask(c.ExpireHold, assignment=place.id)


def refused(evening: Evening, kind: type[c.Command], **fields: object) -> c.Refusal:
    """The refusal, after a look that nothing has changed."""
    before = evening.board
    with pytest.raises(c.Refusal) as refusal:
        evening.ask(kind, **fields)
    assert evening.board == before
    return refusal.value


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


# --- who takes her there


def test_the_patrol_on_the_scene_is_asked_to_take_her() -> None:
    evening = a_way()
    on_scene(evening)
    evening.accepts("S1")
    assert evening.kinds() == ["Accepted", "TransportAsked"]
    assert evening.need().transport


def test_a_shelter_with_a_vehicle_fetches_her_itself() -> None:
    evening = Evening(a_unit("P1"), a_unit("S1", SHELTER, capabilities=("vehicle",)))
    evening.perform(an_alert("A1", POLICE, SHELTER))
    on_scene(evening)
    evening.accepts("S1")
    assert evening.kinds() == ["Accepted"]
    assert not evening.need().transport


def test_a_patrol_that_has_not_answered_is_asked_with_it() -> None:
    evening = a_way()
    evening.accepts("S1")
    assert (evening.need().state, evening.need().transport) == (NeedState.OFFERED, True)
    assert [need.key for need in evening.alert().needs] == ["police", "shelter"]


def test_a_patrol_nobody_was_found_for_is_looked_for_with_it() -> None:
    evening = Evening(a_unit("S1", SHELTER))
    evening.perform(an_alert("A1", POLICE, SHELTER))
    evening.accepts("S1")
    assert (evening.need().state, evening.need().transport) == (NeedState.STUCK, True)


def test_without_a_patrol_the_transport_is_a_need_of_its_own_and_asked_at_once() -> None:
    evening = Evening(a_unit("P1"), a_unit("S1", SHELTER))
    evening.perform(an_alert("A1", SHELTER))
    evening.accepts("S1")
    assert evening.kinds() == ["Accepted", "NeedAdded", "Offered"]
    assert (evening.need("transport").institution, evening.holder("transport")) == (POLICE, "P1")


def test_a_patrol_that_is_done_is_followed_by_one_that_takes_her() -> None:
    evening = a_way("P1", "P2")
    on_scene(evening)
    evening.says("P1", c.Finish)
    evening.accepts("S1")
    assert evening.holder("transport") == "P1"


def test_of_two_patrols_the_one_on_the_scene_takes_her() -> None:
    evening = a_way("P1", "P2")
    evening.accepts("P1")
    evening.ask(c.AddNeed, alert="A1", wanted=c.NeedWanted(institution=POLICE))
    on_scene(evening, "P2")
    evening.accepts("S1")
    assert [need.key for need in evening.alert().needs if need.transport] == ["police-2"]


def test_the_patrol_in_whose_car_she_sits_takes_her_before_all_others() -> None:
    evening = a_way("P1", "P2")
    on_scene(evening, "P1")
    evening.ask(c.AddNeed, alert="A1", wanted=c.NeedWanted(institution=POLICE))
    on_scene(evening, "P2")
    evening.says("P2", c.Depart)
    evening.accepts("S1")
    assert [need.key for need in evening.alert().needs if need.transport] == ["police-2"]


def test_a_patrol_that_has_brought_her_to_safety_elsewhere_is_not_asked_again() -> None:
    evening = a_way("P1", "P2")
    on_scene(evening)
    evening.says("P1", c.Depart)
    evening.says("P1", c.ReachSafety)
    evening.accepts("S1")
    assert [need.key for need in evening.alert().needs if need.transport] == ["transport"]


def test_the_patrol_for_the_aggressor_does_not_take_her() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"), a_unit("S1", SHELTER))
    evening.perform(an_alert("A1", SHELTER, threat={"aggressor_present": "no"}))
    add_patrol_for_the_aggressor(evening)
    evening.accepts("S1")
    assert [need.key for need in evening.alert().needs if need.transport] == ["transport"]


def add_patrol_for_the_aggressor(evening: Evening) -> None:
    """A patrol for the aggressor is on the scene, and none for her any more."""
    added = e.NeedAdded(alert="A1", need="police", institution=POLICE, party="aggressor")
    evening.board = evolve(evening.board, added, evening.at)
    evening.ask(c.AssignByHand, alert="A1", need="police", unit="P1")
    on_scene(evening)


def test_a_patrol_that_gives_the_transport_back_is_followed_by_one_that_knows_of_it() -> None:
    evening = a_way("P1", "P2")
    evening.accepts("P1")
    evening.accepts("S1")
    evening.says("P1", c.Withdraw, reason="crash")
    assert (evening.holder(), evening.need().transport) == ("P2", True)


def test_who_was_to_take_her_and_ends_without_it_is_followed_by_another() -> None:
    evening = a_way("P1", "P2")
    on_scene(evening)
    evening.accepts("S1")
    evening.says("P1", c.Finish)
    assert evening.kinds() == ["Done", "NeedAdded", "Offered"]
    assert evening.holder("transport") == "P1"


def test_who_has_brought_her_to_safety_is_followed_by_nobody() -> None:
    evening = a_way("P1", "P2")
    on_scene(evening)
    evening.accepts("S1")
    for step in (c.Depart, c.ReachSafety, c.Finish):
        evening.says("P1", step)
    assert evening.kinds() == ["Done"]


def test_a_patrol_called_off_leaves_the_transport_to_another() -> None:
    evening = a_way("P1", "P2")
    evening.accepts("P1")
    evening.accepts("S1")
    evening.ask(c.CallOffNeed, alert="A1", need="police", reason="not_needed")
    assert [need.key for need in evening.alert().needs if need.transport] == ["police", "transport"]
    assert evening.holder("transport") == "P1"


def test_a_transport_a_person_calls_off_stays_called_off() -> None:
    evening = Evening(a_unit("P1"), a_unit("S1", SHELTER))
    evening.perform(an_alert("A1", SHELTER))
    evening.accepts("S1")
    evening.ask(c.CallOffNeed, alert="A1", need="transport", reason="relatives_take_her")
    assert [need.key for need in evening.alert().needs] == ["shelter", "transport"]
    assert evening.need("transport").state is NeedState.CALLED_OFF


def test_a_transport_a_person_called_off_is_not_asked_for_again_when_somebody_else_is_done() -> None:
    evening = Evening(a_unit("P1"), a_unit("F1", PROSECUTOR), a_unit("S1", SHELTER))
    evening.perform(an_alert("A1", PROSECUTOR, SHELTER))
    evening.accepts("S1")
    evening.ask(c.CallOffNeed, alert="A1", need="transport", reason="relatives_take_her")
    evening.accepts("F1")
    evening.says("F1", c.MakeContact)
    evening.says("F1", c.Finish)
    assert evening.kinds() == ["Done"]


def test_a_patrol_that_has_accepted_takes_her_before_one_that_is_only_asked() -> None:
    evening = a_way("P1", "P2")
    evening.ask(c.AddNeed, alert="A1", wanted=c.NeedWanted(institution=POLICE))
    evening.accepts("P2")
    evening.accepts("S1")
    assert [need.key for need in evening.alert().needs if need.transport] == ["police-2"]


def test_of_two_patrols_on_the_scene_the_one_of_the_alert_that_goes_on_takes_her() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"), a_unit("S1", SHELTER))
    evening.perform(an_alert("A1"))
    on_scene(evening, "P1")
    evening.perform(an_alert("A2", POLICE, SHELTER))
    on_scene(evening, "P2")
    evening.ask(c.MergeAlerts, alert="A1", into="A2")
    evening.accepts("S1")
    assert [(event.alert, event.need) for event in evening.happened if isinstance(event, e.TransportAsked)] == [
        ("A2", "police")
    ]


@pytest.mark.parametrize("end", ["withdrawn", "recalled", "called_off", "expired", "arrived"])
def test_a_transport_nobody_has_accepted_ends_with_the_place_it_was_for(end: str) -> None:
    evening = Evening(a_unit("P1"), a_unit("S1", SHELTER))
    evening.perform(an_alert("A1", SHELTER))
    evening.accepts("S1")
    match end:
        case "withdrawn":
            evening.says("S1", c.Withdraw, reason="full")
        case "recalled":
            evening.ask(c.Recall, alert="A1", need="shelter", reason="another")
        case "called_off":
            evening.ask(c.CallOffNeed, alert="A1", need="shelter", reason="not_wanted")
        case "arrived":
            evening.says("S1", c.ReachSafety)
        case _:
            expires(evening)
    assert evening.need("transport").state is NeedState.CALLED_OFF
    assert evening.unit("P1").state is FREE


def test_a_transport_somebody_has_accepted_waits_for_the_next_place() -> None:
    evening = Evening(a_unit("P1"), a_unit("S1", SHELTER), a_unit("S2", SHELTER))
    evening.perform(an_alert("A1", SHELTER))
    evening.accepts("S1")
    evening.accepts("P1")
    evening.says("S1", c.Withdraw, reason="full")
    evening.accepts("S2")
    assert evening.kinds() == ["Accepted"]
    assert [need.key for need in evening.alert().needs] == ["shelter", "transport"]
    assert evening.holder("transport") == "P1"


def test_a_second_transport_has_a_name_of_its_own() -> None:
    evening = Evening(a_unit("P1"), a_unit("S1", SHELTER), a_unit("S2", SHELTER))
    evening.perform(an_alert("A1", SHELTER))
    evening.accepts("S1")
    evening.says("S1", c.Withdraw, reason="full")
    evening.accepts("S2")
    assert [need.key for need in evening.alert().needs] == ["shelter", "transport", "transport-2"]


def test_a_patrol_that_has_brought_her_to_one_place_does_not_keep_another_from_taking_her_to_the_next() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"), a_unit("S1", SHELTER), a_unit("S2", SHELTER))
    evening.perform(an_alert("A1", POLICE, SHELTER))
    on_scene(evening)
    evening.accepts("S1")
    evening.says("P1", c.Depart)
    evening.says("P1", c.ReachSafety)
    evening.says("S1", c.Withdraw, reason="no_longer_safe")
    evening.accepts("S2")
    assert evening.holder("transport") == "P2"


def test_a_patrol_that_gives_back_what_another_does_by_now_is_followed_by_nobody() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"), a_unit("S1", SHELTER), a_unit("S2", SHELTER))
    evening.perform(an_alert("A1", SHELTER))
    evening.accepts("S1")
    for step in (c.Accept, c.GoEnRoute, c.Depart, c.ReachSafety):
        evening.says("P1", step)
    evening.says("S1", c.Withdraw, reason="no_longer_safe")
    evening.accepts("S2")
    evening.accepts("P2")
    evening.says("P1", c.Withdraw, reason="crash")
    assert evening.kinds() == ["Withdrawn", "NeedDropped"]
    assert evening.holder("transport-2") == "P2"


def test_an_alert_cancelled_with_a_place_kept_lets_go_of_everybody() -> None:
    evening = a_way()
    on_scene(evening)
    evening.accepts("S1")
    evening.ask(c.CancelAlert, alert="A1", reason="false_alarm")
    assert not evening.board.assignments
    assert evening.unit("S1").slots == (FREE,)


# --- two alerts that are one


def two_that_are_one() -> Evening:
    """A1 with an accepted place and a transport asked; A2 with a patrol on the scene. A1 is merged into A2."""
    evening = Evening(a_unit("P1"), a_unit("P2"), a_unit("S1", SHELTER))
    evening.perform(an_alert("A2"))
    on_scene(evening)
    evening.perform(an_alert("A1", SHELTER))
    evening.accepts("S1")
    assert evening.holder("transport") == "P2"
    evening.ask(c.MergeAlerts, alert="A1", into="A2")
    return evening


def test_the_patrol_of_the_alert_that_goes_on_takes_her_to_the_place_of_the_other() -> None:
    evening = two_that_are_one()
    assert evening.need("police", "A2").transport
    assert evening.unit("P2").state is FREE
    place, carrier = destination(evening.board, "A2"), transporter(evening.board, "A2")
    assert place is not None
    assert carrier is not None
    assert (place.unit, carrier.unit) == ("S1", "P1")


def test_on_the_way_from_one_to_the_other_the_place_stays_hers() -> None:
    evening = two_that_are_one()
    evening.says("P1", c.Depart)
    expires(evening)
    assert evening.kinds() == ["HoldExtended", "AlarmRaised"]


def test_a_place_of_a_merged_alert_that_is_let_go_is_looked_for_where_the_alert_goes_on() -> None:
    evening = two_that_are_one()
    expires(evening)
    assert evening.kinds()[0] == "CalledOff"
    assert evening.holder("shelter", "A2") == "S1"
    assert "A1" not in evening.board.alerts


def test_the_transport_of_a_merged_alert_that_ends_undone_goes_on_with_the_other() -> None:
    evening = two_that_are_one()
    evening.says("P1", c.Finish)
    assert evening.holder("transport", "A2") == "P1"


# --- who may know where it is


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
