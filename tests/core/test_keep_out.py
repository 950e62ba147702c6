"""Who is kept out and which shelter is too close: never asked, taken back at once, and never told why."""

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.model import KeepOut, NeedState, folded
from tests.builders import SHELTER, Evening, a_unit, an_alert, wanted


@pytest.mark.parametrize("spelled", ["Policía Municipal", "policia municipal", "POLICÍA MUNICIPAL"])
def test_an_agency_is_kept_out_however_it_is_spelled(spelled: str) -> None:
    evening = Evening(
        a_unit("P1", agency="Policía Municipal"),
        a_unit("P2", agency="Policia municipal"),
        a_unit("P3", agency="estatal"),
    )
    decision = evening.perform(an_alert(keep_out=KeepOut(agencies=frozenset({spelled}))))
    assert evening.holder() == "P3"
    assert decision.receipt.unmatched == 0


def test_a_name_is_compared_without_case_and_accents_and_nothing_else_is_left_out() -> None:
    assert folded("Policía  MUNICIPAL Núm. 3") == "policia  municipal num. 3"


def test_a_unit_is_kept_out_although_the_list_has_it_only_later() -> None:
    evening = Evening(a_unit("P2"))
    decision = evening.perform(an_alert(keep_out=KeepOut(units=frozenset({"P1"}))))
    assert decision.receipt.unmatched == 1
    assert evening.alert().keep_out.units == {"P1"}


def test_an_agency_nobody_belongs_to_is_counted_and_written_nowhere() -> None:
    evening = Evening(a_unit("P1"))
    decision = evening.perform(an_alert(keep_out=KeepOut(agencies=frozenset({"Juan, calle 5"}))))
    assert decision.receipt.unmatched == 1
    assert "Juan" not in str(evening.happened)


def test_a_unit_kept_out_later_is_recalled_and_not_told_why() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.perform(an_alert())
    evening.accepts("P1")
    evening.says("P1", c.GoEnRoute)
    evening.ask(c.TellMore, alert="A1", keep_out=KeepOut(units=frozenset({"P1"})))
    assert [getattr(event, "reason", None) for event in evening.happened] == [None, "recalled", None]
    assert evening.holder() == "P2"


def test_a_unit_kept_out_on_the_scene_is_called_off_and_the_need_is_asked_for_anew() -> None:
    evening = Evening(a_unit("P1", capabilities=["english"]), a_unit("P2", capabilities=["english"]))
    evening.perform(an_alert(requires=["english"]))
    evening.accepts("P1")
    evening.says("P1", c.GoEnRoute)
    evening.says("P1", c.ArriveOnScene)
    evening.ask(c.TellMore, alert="A1", keep_out=KeepOut(units=frozenset({"P1"})))
    assert evening.need().state is NeedState.CALLED_OFF
    assert [event.reason for event in evening.happened if isinstance(event, e.CalledOff)] == ["recalled"]
    assert evening.need("police-2").requires == ("english",)
    assert evening.holder("police-2") == "P2"


def test_an_agency_kept_out_on_the_scene_is_replaced_with_the_same_party_and_wishes() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"), a_unit("P3", agency="estatal"))
    threat = {"aggressor_present": "yes", "strangled": "yes"}
    evening.perform(an_alert(threat=threat))
    assert evening.need("police-2").party == "aggressor"
    holder = evening.board.assignments[evening.need("police-2").live[0]].unit
    for live in evening.unit(holder).held:
        evening.perform(c.Accept(id="yes", by=holder, unit=holder, assignment=live))
        evening.perform(c.ArriveOnScene(id="there", by=holder, unit=holder, assignment=live))
    evening.ask(c.TellMore, alert="A1", keep_out=KeepOut(agencies=frozenset({"municipal"})))
    anew = [need for need in evening.alert().needs if need.party == "aggressor"]
    assert [need.state is NeedState.CALLED_OFF for need in anew] == [True, False]
    assert {assignment.unit for assignment in evening.board.assignments.values()} <= {"P3"}


def test_both_units_asked_at_once_are_recalled_when_both_are_kept_out() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"), a_unit("P3"))
    evening.perform(an_alert(threat={"strangled": "yes"}))
    evening.ask(c.TellMore, alert="A1", keep_out=KeepOut(units=frozenset({"P1", "P2"})))
    assert {assignment.unit for assignment in evening.board.assignments.values()} == {"P3"}


def test_who_joins_a_crew_and_is_kept_out_makes_the_unit_lose_what_it_holds() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.perform(an_alert(keep_out=KeepOut(crew=frozenset({"ana"}))))
    evening.accepts("P1")
    evening.perform(c.JoinCrew(id="j", by=c.SERVICE, unit="P1", member="ana"))
    assert evening.holder() == "P2"
    assert [event.reason for event in evening.happened if isinstance(event, e.Recalled)] == ["recalled"]


def test_who_joins_the_crew_that_still_works_on_a_closed_alert_makes_it_let_go() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.perform(an_alert(keep_out=KeepOut(crew=frozenset({"ana"}))))
    evening.accepts("P1")
    evening.ask(c.CloseAlert, alert="A1", disposition="attended", safe="yes")
    evening.ask(c.JoinCrew, unit="P1", member="luz")
    assert evening.unit("P1").held
    evening.ask(c.JoinCrew, unit="P1", member="ana")
    assert evening.kinds() == ["CrewJoined", "CalledOff"]
    assert "A1" not in evening.board.alerts


def test_whoever_was_kept_out_before_stays_so_when_more_are_named() -> None:
    evening = Evening()
    before = KeepOut(units=frozenset({"P1"}), crew=frozenset({"ana"}))
    evening.perform(an_alert(keep_out=before))
    evening.ask(c.TellMore, alert="A1", keep_out=KeepOut(units=frozenset({"P2"}), crew=frozenset({"luz"})))
    assert evening.alert().keep_out == KeepOut(units=frozenset({"P1", "P2"}), crew=frozenset({"ana", "luz"}))


def test_whom_everybody_kept_out_leaves_alone_a_human_is_called_for() -> None:
    evening = Evening(a_unit("P1"))
    evening.perform(an_alert())
    evening.ask(c.TellMore, alert="A1", keep_out=KeepOut(units=frozenset({"P1"})))
    assert evening.need().state is NeedState.STUCK
    assert evening.need().alarm is not None


# --- places of the aggressor

SHELTERS = (a_unit("S1", SHELTER, capacity=2, zone="norte"), a_unit("S2", SHELTER, capacity=2, zone="sur"))


def avoids(evening: Evening, *zones: str) -> None:
    evening.ask(c.TellMore, alert="A1", avoid_zones=frozenset(zones))


@pytest.mark.parametrize("accepted", [False, True])
def test_a_shelter_that_turns_out_too_close_gives_her_place_back(accepted: bool) -> None:
    evening = Evening(*SHELTERS)
    evening.perform(an_alert("A1", SHELTER))
    assert evening.holder("shelter") == "S1"
    if accepted:
        evening.accepts("S1")
    avoids(evening, "norte")
    assert evening.holder("shelter") == "S2"
    assert evening.unit("S1").free_slot == 0


def test_a_shelter_within_the_distance_of_his_places_is_too_close_in_whatever_zone() -> None:
    evening = Evening(*SHELTERS)
    evening.perform(an_alert("A1", SHELTER))
    evening.ground.avoided["A1"] = [(-1500.0, 0.0)]
    avoids(evening, "centro")
    assert evening.holder("shelter") == "S2"


def test_where_she_has_come_already_nobody_moves_her_by_a_rule_but_a_human_is_called() -> None:
    evening = Evening(*SHELTERS)
    evening.perform(an_alert("A1", SHELTER))
    evening.accepts("S1")
    evening.says("S1", c.ReachSafety)
    avoids(evening, "norte")
    assert evening.holder("shelter") == "S1"
    alarm = evening.need("shelter").alarm
    assert alarm is not None
    assert alarm.cause == "too_close"


def test_a_patrol_is_never_too_close() -> None:
    evening = Evening(a_unit("P1", zone="norte"))
    evening.perform(an_alert())
    avoids(evening, "norte")
    assert evening.holder() == "P1"


def test_places_told_with_the_call_are_counted_with_at_once() -> None:
    evening = Evening(*SHELTERS)
    evening.perform(
        c.RaiseAlert(
            id="A1", by="operator", zone="centro", needs=wanted(SHELTER), avoid_zones=frozenset({"norte"})
        )
    )
    assert evening.alert().avoid_zones == {"norte"}
    assert evening.holder("shelter") == "S2"
