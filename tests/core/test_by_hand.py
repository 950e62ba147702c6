"""By hand: a person assigns, recalls, adds and calls off, under the same promises as everybody."""

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.model import KeepOut, NeedState, UnitState
from tests.builders import POLICE, PROSECUTOR, SHELTER, Evening, a_unit, an_alert


def two_asked(*more: c.UnitFacts) -> Evening:
    """An extreme alert: P1 and P2 are asked at once."""
    evening = Evening(a_unit("P1"), a_unit("P2"), *more)
    evening.perform(an_alert(threat={"weapon_used": "yes"}))
    assert evening.need().state is NeedState.OFFERED_TWICE
    return evening


def refused(evening: Evening, kind: type[c.Command], **fields: object) -> str:
    with pytest.raises(c.Refusal) as refusal:
        evening.ask(kind, **fields)
    return refusal.value.code


def asked(evening: Evening, need: str = "police") -> list[str]:
    return [evening.board.assignments[live].unit for live in evening.need(need).live]


# --- naming a unit


def test_a_unit_named_by_hand_is_asked_and_who_was_asked_before_is_recalled() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"), a_unit("P3"))
    evening.perform(an_alert())
    evening.ask(c.AssignByHand, alert="A1", need="police", unit="P3")
    assert evening.kinds() == ["Recalled", "Offered"]
    assert evening.holder() == "P3"
    assert evening.assignment().why.rule == "by_hand"


def test_by_hand_a_unit_may_be_asked_that_declined_a_moment_ago() -> None:
    evening = Evening(a_unit("P1"))
    evening.perform(an_alert())
    evening.says("P1", c.Decline, reason="no")
    evening.ask(c.AssignByHand, alert="A1", need="police", unit="P1")
    assert evening.holder() == "P1"


@pytest.mark.parametrize(
    ("unit", "code"),
    [("P9", "unknown_unit"), ("F1", "unknown_unit"), ("P2", "unknown_unit"), ("P3", "unit_not_free")],
)
def test_by_hand_a_kept_out_unit_is_as_unknown_as_one_that_does_not_exist(unit: str, code: str) -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"), a_unit("P3"), a_unit("F1", PROSECUTOR))
    evening.ask(c.LoseUnit, unit="P3")
    evening.perform(an_alert(keep_out=KeepOut(units=frozenset({"P2"}))))
    with pytest.raises(c.Refusal) as refusal:
        evening.ask(c.AssignByHand, alert="A1", need="police", unit=unit)
    assert refusal.value.code == code


def test_by_hand_nobody_is_put_in_the_place_of_who_has_accepted() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.perform(an_alert())
    evening.accepts("P1")
    with pytest.raises(c.Refusal) as refusal:
        evening.ask(c.AssignByHand, alert="A1", need="police", unit="P2")
    assert refusal.value.code == "need_accepted"


def test_by_hand_both_who_were_asked_are_recalled_and_only_the_named_one_is_asked() -> None:
    evening = two_asked(a_unit("P3"), a_unit("P4"))
    evening.ask(c.AssignByHand, alert="A1", need="police", unit="P4")
    assert evening.kinds() == ["Recalled", "Recalled", "Offered"]
    assert {event.reason for event in evening.happened if isinstance(event, e.Recalled)} == {"assigned_by_hand"}
    assert asked(evening) == ["P4"]
    assert evening.need().state is NeedState.OFFERED


def test_by_hand_who_is_asked_already_is_not_asked_anew() -> None:
    evening = two_asked()
    assert refused(evening, c.AssignByHand, alert="A1", need="police", unit="P2") == "unit_asked"
    assert asked(evening) == ["P1", "P2"]


def test_by_hand_a_unit_may_be_asked_that_lacks_what_was_wanted() -> None:
    evening = Evening(a_unit("P1"))
    evening.perform(an_alert(requires=["english"]))
    assert evening.need().state is NeedState.STUCK
    evening.ask(c.AssignByHand, alert="A1", need="police", unit="P1")
    assert evening.holder() == "P1"


@pytest.mark.parametrize(
    "keep_out",
    [
        KeepOut(units=frozenset({"P1"})),
        KeepOut(crew=frozenset({"ana"})),
        KeepOut(agencies=frozenset({"MUNICIPAL"})),
    ],
)
def test_by_hand_nobody_is_named_who_is_kept_out_in_whichever_way(keep_out: KeepOut) -> None:
    evening = Evening(a_unit("P1"), on_duty=False)
    evening.ask(c.StartDuty, unit="P1", crew=("ana",))
    evening.perform(an_alert(keep_out=keep_out))
    assert refused(evening, c.AssignByHand, alert="A1", need="police", unit="P1") == "unknown_unit"


def test_by_hand_no_shelter_is_named_that_is_too_close_to_the_aggressor() -> None:
    evening = Evening(a_unit("R1", SHELTER), a_unit("R2", SHELTER, zone="norte"))
    evening.ground.avoided["A1"] = [(1000.0, 0.0)]
    evening.perform(an_alert("A1", SHELTER))
    evening.ask(c.TellMore, alert="A1", avoid_zones=frozenset({"norte"}))
    for unit in ("R1", "R2"):
        assert refused(evening, c.AssignByHand, alert="A1", need="shelter", unit=unit) == "too_close"


def test_by_hand_a_unit_that_is_not_heard_or_off_duty_is_not_asked() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.ask(c.LoseUnit, unit="P1")
    evening.ask(c.EndDuty, unit="P2")
    evening.perform(an_alert())
    for unit in ("P1", "P2"):
        assert refused(evening, c.AssignByHand, alert="A1", need="police", unit=unit) == "unit_not_free"


def test_a_unit_named_by_hand_that_says_no_is_followed_by_the_next_one() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"), a_unit("P3"))
    evening.perform(an_alert())
    evening.ask(c.AssignByHand, alert="A1", need="police", unit="P3")
    evening.says("P3", c.Decline, reason="far")
    assert evening.holder() == "P2"


# --- recalling


def test_a_recall_by_hand_goes_to_the_next_unit() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.perform(an_alert())
    evening.accepts("P1")
    evening.ask(c.Recall, alert="A1", need="police", reason="needed_elsewhere")
    assert evening.kinds() == ["Recalled", "Offered"]
    assert (evening.holder(), evening.unit("P1").state) == ("P2", UnitState.FREE)


def test_nobody_is_recalled_from_the_scene_or_where_nobody_is() -> None:
    evening = Evening(a_unit("P1"))
    evening.perform(an_alert("A1"))
    evening.accepts("P1")
    evening.says("P1", c.ArriveOnScene)
    evening.perform(an_alert("A2"))
    for alert in ("A1", "A2"):
        with pytest.raises(c.Refusal) as refusal:
            evening.ask(c.Recall, alert=alert, need="police", reason="needed_elsewhere")
        assert refusal.value.code == "nothing_to_recall"


def test_two_who_are_asked_are_recalled_together_and_the_search_goes_on_without_them() -> None:
    evening = two_asked(a_unit("P3"))
    evening.ask(c.Recall, alert="A1", need="police", reason="wrong_place")
    assert evening.kinds() == ["Recalled", "Recalled", "Offered"]
    assert asked(evening) == ["P3"]


def test_recalled_from_a_closed_alert_a_unit_is_only_let_go() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.perform(an_alert())
    evening.accepts("P1")
    evening.ask(c.CloseAlert, alert="A1", disposition="attended", safe="yes")
    evening.ask(c.Recall, alert="A1", need="police", reason="not_needed")
    assert evening.kinds() == ["CalledOff"]
    assert "A1" not in evening.board.alerts
    assert evening.unit("P1").state is UnitState.FREE


# --- calling off


def test_a_need_for_which_two_are_asked_is_called_off_for_both() -> None:
    evening = two_asked()
    evening.ask(c.CallOffNeed, alert="A1", need="police", reason="went_away")
    assert evening.kinds() == ["Recalled", "CalledOff"]
    assert {getattr(event, "reason", None) for event in evening.happened} == {"went_away"}
    assert evening.need().state is NeedState.CALLED_OFF
    assert [evening.unit(code).state for code in ("P1", "P2")] == [UnitState.FREE, UnitState.FREE]


@pytest.mark.parametrize("said", [[], [c.Accept], [c.Accept, c.GoEnRoute], [c.Accept, c.ArriveOnScene]])
def test_a_need_is_called_off_in_every_state(said: list[type[c.AssignmentCommand]]) -> None:
    evening = Evening(a_unit("P1"))
    evening.perform(an_alert("A1", POLICE, PROSECUTOR))
    for kind in said:
        evening.says("P1", kind)
    evening.ask(c.CallOffNeed, alert="A1", need="police", reason="went_away")
    assert evening.kinds() == ["CalledOff"]
    evening.ask(c.CallOffNeed, alert="A1", need="prosecutor", reason="went_away")
    assert evening.kinds() == ["NeedDropped"]
    assert refused(evening, c.CallOffNeed, alert="A1", need="police", reason="again") == "unknown_need"


def test_a_whole_alert_with_two_asked_and_one_need_over_is_cancelled() -> None:
    evening = two_asked()
    evening.ask(c.AddNeed, alert="A1", wanted=c.NeedWanted(institution=PROSECUTOR))
    evening.ask(c.CallOffNeed, alert="A1", need="prosecutor", reason="not_wanted")
    evening.ask(c.CancelAlert, alert="A1", reason="false_alarm")
    assert evening.kinds() == ["Recalled", "CalledOff", "AlertCancelled"]
    assert "A1" not in evening.board.alerts


# --- adding


def test_one_more_need_is_looked_for_at_once_with_all_that_is_asked_of_it() -> None:
    evening = Evening(a_unit("R1", SHELTER))
    evening.perform(an_alert())
    wanted = c.NeedWanted(institution=SHELTER, prefers=("pets",), children=2)
    evening.ask(c.AddNeed, alert="A1", wanted=wanted)
    assert evening.kinds() == ["NeedAdded", "Offered"]
    need = evening.need("shelter")
    assert (need.prefers, need.children) == (("pets",), 2)


def test_needs_of_one_institution_are_numbered_and_no_name_is_given_twice() -> None:
    evening = Evening()
    evening.perform(an_alert("A1", POLICE, PROSECUTOR))
    for _ in range(2):
        evening.ask(c.AddNeed, alert="A1", wanted=c.NeedWanted(institution=POLICE))
    evening.ask(c.CallOffNeed, alert="A1", need="police-2", reason="not_needed")
    evening.ask(c.AddNeed, alert="A1", wanted=c.NeedWanted(institution=POLICE))
    assert [need.key for need in evening.alert().needs] == [
        "police",
        "prosecutor",
        "police-2",
        "police-3",
        "police-4",
    ]


def test_an_alert_has_so_many_needs_and_no_more() -> None:
    evening = Evening()
    evening.perform(an_alert())
    for _ in range(11):
        evening.ask(c.AddNeed, alert="A1", wanted=c.NeedWanted(institution=POLICE))
    wanted = c.NeedWanted(institution=POLICE)
    assert refused(evening, c.AddNeed, alert="A1", wanted=wanted) == "too_many_needs"


# --- trying again


def test_a_stuck_need_that_is_tried_again_is_solved_as_any_other() -> None:
    evening = Evening(a_unit("P1"))
    evening.perform(an_alert())
    evening.says("P1", c.Decline, reason="far")
    evening.goes(evening.rules.ask_again_after_s)
    assert "Offered" in evening.kinds()
    assert evening.assignment().why.rule == "nearest"
