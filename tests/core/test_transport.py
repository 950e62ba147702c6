"""Who takes her to a place that is kept for her, also where two alerts are one."""

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.evolve import evolve
from app.dispatch.model import NeedState
from app.dispatch.of_places import destination, transporter
from tests.builders import POLICE, PROSECUTOR, SHELTER, Evening, a_unit, an_alert

from .shelters import FREE, a_way, expires, on_scene

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
