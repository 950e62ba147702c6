"""Two alerts that are one, and a call that was about something else: what a person merges and splits again."""

from dataclasses import replace

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.model import AlertState, KeepOut, Level, NeedState, Origin
from tests.builders import POLICE, PROSECUTOR, SHELTER, START, Evening, a_call, a_unit, wanted

PATROLS = (a_unit("P1"), a_unit("P2"), a_unit("P3"))
PHONE, DOOR = "h-phone", "h-door"


def merged(evening: Evening) -> c.Receipt:
    """A2 is merged into A1."""
    return evening.ask(c.MergeAlerts, alert="A2", into="A1").receipt


def test_of_two_merged_alerts_one_goes_on_with_all_calls_and_the_earliest_t0() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE))
    evening.perform(a_call("A2", POLICE, household=(DOOR,), received_at=START - 60))
    receipt = merged(evening)
    assert set(evening.board.alerts) == {"A1"}
    assert evening.alert().calls == {"A1": START, "A2": START - 60}
    assert evening.alert().received_at == START - 60
    assert evening.alert().household == {PHONE, DOOR}
    assert (receipt.alert, receipt.folio) == ("A1", "N-1")
    evening.perform(a_call("C3", POLICE, household=(DOOR,)))
    assert set(evening.alert().calls) == {"A1", "A2", "C3"}


def test_what_nobody_accepted_is_let_go_and_asked_for_where_it_is_missing() -> None:
    evening = Evening(*PATROLS, a_unit("F1", PROSECUTOR))
    evening.perform(a_call("A1", POLICE))
    evening.perform(a_call("A2", POLICE, PROSECUTOR, household=(DOOR,)))
    merged(evening)
    assert {x.reason for x in evening.happened if isinstance(x, e.CalledOff | e.NeedDropped)} == {"merged"}
    assert [need.key for need in evening.alert().needs] == ["police", "prosecutor"]
    assert evening.holder("prosecutor") == "F1"
    assert evening.unit("P2").free_slot == 0


def test_what_is_asked_for_where_the_alert_goes_on_is_asked_for_with_every_wish() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE))
    place = c.NeedWanted(institution=SHELTER, requires=("tzotzil",), prefers=("pets",), children=3)
    evening.perform(replace(a_call("A2", household=(DOOR,)), needs=(place,)))
    merged(evening)
    need = evening.need("shelter")
    assert (need.requires, need.prefers, need.children) == (("tzotzil",), ("pets",), 3)


def test_the_patrol_for_the_aggressor_is_asked_for_as_that_where_the_alert_goes_on() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", PROSECUTOR))
    evening.perform(
        a_call("A2", POLICE, household=(DOOR,), threat={"strangled": "yes", "aggressor_present": "yes"})
    )
    merged(evening)
    assert [(need.key, need.party) for need in evening.alert().needs] == [
        ("prosecutor", None),
        ("police", None),
        ("police-2", "aggressor"),
    ]


def test_both_units_that_were_asked_for_a_merged_alert_are_let_go() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A2", POLICE, threat={"strangled": "yes"}))
    evening.perform(a_call("A1", POLICE, household=(DOOR,)))
    merged(evening)
    assert "A2" not in evening.board.alerts
    assert evening.alert().level is Level.EXTREME
    assert {assignment.alert for assignment in evening.board.assignments.values()} == {"A1"}


def test_level_answers_and_who_is_kept_out_of_one_count_for_both() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE, threat={"repeat": "yes", "weapon_present": "no"}))
    evening.perform(
        a_call(
            "A2",
            POLICE,
            household=(DOOR,),
            threat={"weapon_present": "yes", "repeat": "no"},
            keep_out=KeepOut(units=frozenset({"P1"})),
            avoid_zones=frozenset({"norte"}),
        )
    )
    assert evening.holder() == "P1"
    merged(evening)
    assert evening.alert().level is Level.EXTREME
    assert evening.alert().steps[-1].reason == "merged"
    assert evening.alert().threat == {"repeat": "yes", "weapon_present": "yes"}
    assert evening.alert().avoid_zones == {"norte"}
    assert "P1" not in {assignment.unit for assignment in evening.board.assignments.values()}


def test_who_accepted_for_the_merged_alert_goes_on() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE))
    evening.perform(a_call("A2", POLICE, household=(DOOR,)))
    evening.accepts("P2")
    merged(evening)
    assert (evening.alert("A2").state, evening.alert("A2").merged_into) == (AlertState.MERGED, "A1")
    evening.says("P2", c.GoEnRoute)
    evening.says("P2", c.ArriveOnScene)
    evening.says("P2", c.Finish)
    assert set(evening.board.alerts) == {"A1"}


def test_who_works_on_a_merged_alert_and_is_kept_out_of_the_other_is_recalled() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE, keep_out=KeepOut(units=frozenset({"P1"}))))
    evening.perform(a_call("A2", POLICE, household=(DOOR,)))
    evening.accepts("P1")
    merged(evening)
    assert not evening.unit("P1").held
    assert "A2" not in evening.board.alerts


def test_whom_the_open_alert_keeps_out_later_gives_up_a_merged_one() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", PROSECUTOR))
    evening.perform(a_call("A2", POLICE, household=(DOOR,)))
    evening.accepts("P1")
    merged(evening)
    evening.ask(c.TellMore, alert="A1", keep_out=KeepOut(units=frozenset({"P1"})))
    assert not evening.unit("P1").held
    assert evening.holder() == "P2"


@pytest.mark.parametrize("chain", [False, True], ids=["merged once", "merged on"])
def test_who_withdraws_from_a_merged_alert_leaves_the_need_to_the_open_one(chain: bool) -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A2", POLICE, household=(DOOR,)))
    evening.accepts("P1")
    if chain:
        evening.perform(a_call("A3", PROSECUTOR, household=("third",)))
        evening.ask(c.MergeAlerts, alert="A2", into="A3")
        evening.perform(a_call("A1", PROSECUTOR))
        evening.ask(c.MergeAlerts, alert="A3", into="A1")
        assert set(evening.board.alerts) == {"A1", "A2"}
    else:
        evening.perform(a_call("A1", PROSECUTOR))
        merged(evening)
    evening.says("P1", c.Withdraw, reason="engine")
    assert set(evening.board.alerts) == {"A1"}
    assert evening.need("police").state is NeedState.OFFERED


def test_who_withdraws_when_the_alert_that_went_on_is_closed_too_leaves_the_need_to_nobody() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE))
    evening.perform(a_call("A2", POLICE, household=(DOOR,)))
    evening.accepts("P1")
    evening.accepts("P2")
    merged(evening)
    evening.ask(c.CloseAlert, alert="A1", disposition="attended", safe="yes")
    evening.says("P2", c.Withdraw, reason="engine")
    assert evening.kinds() == ["CalledOff"]
    assert set(evening.board.alerts) == {"A1"}


def test_who_is_recalled_by_hand_from_a_merged_alert_leaves_the_need_to_the_open_one() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", PROSECUTOR))
    evening.perform(a_call("A2", POLICE, household=(DOOR,)))
    evening.accepts("P1")
    merged(evening)
    evening.ask(c.Recall, alert="A2", need="police", reason="too_far")
    assert evening.need("police").state is NeedState.OFFERED


def test_what_a_person_calls_off_on_a_merged_alert_is_asked_for_nowhere() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", PROSECUTOR))
    evening.perform(a_call("A2", POLICE, household=(DOOR,)))
    evening.accepts("P1")
    merged(evening)
    evening.ask(c.CallOffNeed, alert="A2", need="police", reason="not_wanted")
    assert evening.alert().need("police") is None


def test_a_need_the_open_alert_has_already_is_not_asked_for_twice() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE))
    evening.perform(a_call("A2", POLICE, household=(DOOR,)))
    evening.accepts("P2")
    merged(evening)
    evening.says("P2", c.Withdraw, reason="engine")
    assert [need.key for need in evening.alert().needs] == ["police"]


def test_cancelling_the_open_alert_lets_those_of_the_merged_one_go_too() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE))
    evening.perform(a_call("A2", POLICE, household=(DOOR,)))
    evening.accepts("P2")
    merged(evening)
    evening.ask(c.CancelAlert, alert="A1", reason="false_alarm")
    assert not evening.board.alerts
    assert not evening.board.assignments


def test_an_order_settled_for_one_is_settled_for_both() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE))
    evening.perform(a_call("A2", POLICE, household=(DOOR,)))
    evening.ask(c.SettleOrder, alert="A2", outcome="issued")
    merged(evening)
    assert evening.alert().order == "issued"


@pytest.mark.parametrize(("one", "other", "kept"), [(None, None, None), ("issued", "refused", "refused")])
def test_the_alert_that_goes_on_keeps_its_own_word_on_the_order(
    one: str | None, other: str | None, kept: str | None
) -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE))
    evening.perform(a_call("A2", POLICE, household=(DOOR,)))
    for alert, outcome in (("A2", one), ("A1", other)):
        if outcome is not None:
            evening.ask(c.SettleOrder, alert=alert, outcome=outcome)
    merged(evening)
    assert evening.alert().order == kept
    assert "OrderSettled" not in evening.kinds()


def test_an_alarm_for_duress_goes_on_until_somebody_acknowledges() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE))
    evening.perform(a_call("A2", POLICE, household=(DOOR,)))
    evening.ask(c.CancelAlert, alert="A2", reason="x", word="duress")
    merged(evening)
    alarm = evening.alert().alarm
    assert alarm is not None
    assert (alarm.cause, alarm.acknowledged_at) == ("duress", None)


def test_alerts_that_a_neighbour_follows_or_that_are_one_are_not_merged() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE))
    origin = Origin(center="north", alert="X", need="police", folio="S-9")
    evening.perform(a_call("A2", POLICE, household=(), origin=origin))
    for alert, into, code in [
        ("A1", "A1", "same_alert"),
        ("A1", "A2", "handed_here"),
        ("A2", "A1", "handed_here"),
    ]:
        with pytest.raises(c.Refusal) as refusal:
            evening.ask(c.MergeAlerts, alert=alert, into=into)
        assert refusal.value.code == code
    with pytest.raises(c.Refusal) as refusal:
        evening.ask(c.MergeAlerts, alert="A1", into="A9")
    assert refusal.value.code == "unknown_alert"


# --- splitting


def test_a_call_that_joined_wrongly_gets_an_alert_of_its_own() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE))
    evening.perform(a_call("C2", POLICE, received_at=START - 100))
    assert evening.alert().received_at == START - 100
    decision = evening.perform(
        c.SplitCall(id="A9", by="operator", alert="A1", call="C2", zone="norte", needs=wanted(POLICE))
    )
    assert evening.alert().calls == {"A1": START}
    assert evening.alert().received_at == START
    new = evening.alert("A9")
    assert (new.received_at, new.zone, new.level, new.household) == (
        START - 100,
        "norte",
        Level.STANDARD,
        frozenset(),
    )
    assert new.order_by == START - 100 + evening.rules.order_within_s
    assert (decision.receipt.alert, decision.receipt.folio) == ("A9", "N-2")
    assert evening.holder(alert="A9") == "P2"


def test_a_split_call_asks_for_everything_unless_more_is_said_and_keeps_out_whom_the_other_does() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE, keep_out=KeepOut(units=frozenset({"P2"}))))
    evening.perform(a_call("C2"))
    evening.perform(c.SplitCall(id="A9", by="operator", alert="A1", call="C2", zone="centro"))
    assert [need.institution for need in evening.alert("A9").needs] == [POLICE, PROSECUTOR, SHELTER]
    assert evening.holder(alert="A9") == "P3"


@pytest.mark.parametrize(("call", "code"), [("A1", "first_call"), ("C9", "unknown_call")])
def test_only_a_call_that_joined_is_split_off(call: str, code: str) -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE))
    with pytest.raises(c.Refusal) as refusal:
        evening.perform(c.SplitCall(id="A9", by="operator", alert="A1", call=call, zone="centro"))
    assert refusal.value.code == code


def test_splitting_undoes_a_merge_and_who_is_on_the_way_belongs_to_the_new_alert() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE))
    evening.perform(a_call("A2", POLICE, household=(DOOR,)))
    evening.accepts("P2")
    merged(evening)
    evening.perform(
        c.SplitCall(id="A9", by="operator", alert="A1", call="A2", zone="centro", needs=wanted(SHELTER))
    )
    assert evening.alert("A2").merged_into == "A9"
    assert set(evening.alert("A9").calls) == {"A9", "A2"}
    evening.says("P2", c.Withdraw, reason="engine")
    assert evening.need("police", "A9").state is NeedState.OFFERED


def test_every_call_is_in_one_alert_and_every_household_leads_to_one() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE))
    evening.perform(a_call("A2", POLICE, household=(DOOR,)))
    merged(evening)
    assert dict(evening.board.households) == {PHONE: "A1", DOOR: "A1"}
    evening.ask(c.CancelAlert, alert="A1", reason="false_alarm")
    assert dict(evening.board.households) == {}
    assert not any(isinstance(event, e.AlertRaised) for event in evening.happened)


def test_a_split_call_takes_with_it_what_it_was_about_and_where_the_aggressor_is_known_to_be() -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE, avoid_zones=frozenset({"sur"})))
    evening.perform(a_call("C2"))
    evening.perform(
        c.SplitCall(
            id="A9",
            by="operator",
            alert="A1",
            call="C2",
            zone="norte",
            zone_how="nearest",
            incident="30503",
            needs=wanted(POLICE),
        )
    )
    left, raised = evening.happened[:2]
    assert left == e.CallSplit(alert="A1", call="C2", into="A9")
    assert isinstance(raised, e.AlertRaised)
    assert (raised.zone_how, raised.incident) == ("nearest", "30503")
    assert evening.alert("A9").avoid_zones == {"sur"}


@pytest.mark.parametrize(("new", "needs", "code"), [("A1", 1, "alert_exists"), ("A9", 13, "too_many_needs")])
def test_a_split_call_is_a_new_alert_with_as_many_needs_as_any(new: str, needs: int, code: str) -> None:
    evening = Evening(*PATROLS)
    evening.perform(a_call("A1", POLICE))
    evening.perform(a_call("C2"))
    split = c.SplitCall(
        id=new, by="operator", alert="A1", call="C2", zone="centro", needs=wanted(*[POLICE] * needs)
    )
    with pytest.raises(c.Refusal) as refusal:
        evening.perform(split)
    assert refusal.value.code == code
    evening.perform(
        c.SplitCall(id="A9", by="operator", alert="A1", call="C2", zone="centro", needs=split.needs[:12])
    )
    assert len(evening.alert("A9").needs) == min(needs, 12)
