"""The ladder: the next unit, then a human, and again whenever the board changes."""

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.model import Institution, KeepOut, Level, NeedState, UnitState, WhyNot
from tests.builders import PROSECUTOR, SHELTER, START, Evening, a_unit, an_alert


def nobody_to_ask() -> Evening:
    evening = Evening()
    evening.perform(an_alert())
    return evening


def test_when_nobody_may_be_asked_the_need_is_stuck_and_a_human_is_called() -> None:
    evening = nobody_to_ask()
    assert evening.kinds() == ["AlertRaised", "NeedAdded", "NeedStuck", "AlarmRaised"]
    need = evening.need()
    assert need.state is NeedState.STUCK
    assert need.retry_at == START + evening.rules.stuck_retry_s
    assert need.alarm is not None
    assert need.alarm.acknowledged_at is None


def test_a_stuck_need_is_tried_again_at_its_deadline_and_the_human_is_not_called_twice() -> None:
    evening = nobody_to_ask()
    evening.goes(3 * evening.rules.stuck_retry_s)
    assert evening.kinds() == ["NeedStuck", "NeedStuck", "NeedStuck"]
    assert evening.need().retry_at == START + 4 * evening.rules.stuck_retry_s


def test_a_stuck_need_is_tried_again_when_somebody_asked_before_may_be_asked_again() -> None:
    evening = Evening(a_unit("P1"))
    evening.perform(an_alert())
    evening.at += 7
    evening.says("P1", c.Decline, reason="far")
    assert evening.need().retry_at == START + 7 + evening.rules.ask_again_after_s
    evening.goes(evening.rules.ask_again_after_s)
    assert evening.holder() == "P1"


def test_an_acknowledged_alarm_is_raised_anew_when_an_offer_after_it_fails() -> None:
    evening = nobody_to_ask()
    evening.ask(c.AcknowledgeAlarm, alert="A1", need="police")
    evening.perform(c.ListUnits(id="list", by="import", units=(a_unit("P1"),)))
    evening.ground.stations["P1"] = (1000.0, 0.0)
    evening.ask(c.StartDuty, unit="P1", crew=("ana",))
    assert evening.holder() == "P1"
    evening.says("P1", c.Decline, reason="far")
    assert evening.kinds() == ["Declined", "NeedStuck", "AlarmRaised"]


def test_a_stuck_need_is_tried_again_when_a_better_place_is_known() -> None:
    evening = Evening(a_unit("P1"))
    evening.ground.stations.clear()
    evening.perform(an_alert())
    evening.ground.stations["P1"] = (1000.0, 0.0)
    evening.ask(c.TellMore, alert="A1", zone="norte")
    assert evening.kinds() == ["PlaceMoved", "Offered"]


def test_a_stuck_need_is_offered_as_soon_as_a_unit_comes_on_duty() -> None:
    evening = Evening(a_unit("P1"), on_duty=False)
    evening.perform(an_alert())
    evening.at += 5
    evening.ask(c.StartDuty, unit="P1", crew=("ana",))
    assert evening.kinds() == ["DutyStarted", "Offered"]
    assert (evening.need().retry_at, evening.need().why_not) == (None, None)


def test_a_stuck_need_is_offered_as_soon_as_a_unit_becomes_free() -> None:
    evening = Evening(a_unit("P1"))
    evening.perform(an_alert("A1"))
    evening.accepts("P1")
    evening.perform(an_alert("A2"))
    assert evening.need(alert="A2").state is NeedState.STUCK
    evening.says("P1", c.ArriveOnScene)
    evening.says("P1", c.Finish)
    assert evening.holder(alert="A2") == "P1"


def test_a_stuck_need_is_offered_as_soon_as_a_lost_unit_is_heard() -> None:
    evening = Evening(a_unit("P1"))
    evening.ask(c.LoseUnit, unit="P1")
    evening.perform(an_alert())
    evening.ask(c.HearUnit, unit="P1")
    assert evening.kinds() == ["UnitHeard", "Offered"]


def test_who_becomes_free_goes_to_the_highest_level_first_and_then_to_the_longest_raised() -> None:
    evening = Evening(a_unit("P1"), on_duty=False)
    for alert, threat in (("A1", {}), ("A2", {"weapon_used": "yes"}), ("A3", {"weapon_used": "yes"})):
        evening.at += 1
        evening.perform(an_alert(alert, threat=threat))
    evening.ask(c.StartDuty, unit="P1")
    assert [evening.holder(alert=alert) for alert in ("A1", "A2", "A3")] == [None, "P1", None]


def test_the_alarm_stays_up_through_an_offer_and_ends_when_somebody_accepts() -> None:
    evening = Evening(a_unit("P1"), on_duty=False)
    evening.perform(an_alert())
    evening.ask(c.StartDuty, unit="P1")
    assert evening.need().alarm is not None
    evening.accepts("P1")
    assert evening.need().alarm is None


def test_a_named_person_acknowledges_the_alarm_once() -> None:
    evening = nobody_to_ask()
    evening.at += 7
    evening.perform(c.AcknowledgeAlarm(id="k", by="maria", alert="A1", need="police"))
    alarm = evening.need().alarm
    assert alarm is not None
    assert (alarm.acknowledged_by, alarm.acknowledged_at) == ("maria", START + 7)
    with pytest.raises(c.Refusal) as refusal:
        evening.ask(c.AcknowledgeAlarm, alert="A1", need="police")
    assert refusal.value.code == "no_alarm"


def test_a_stuck_need_is_not_tried_before_its_time_and_an_offered_one_not_at_all() -> None:
    evening = nobody_to_ask()
    with pytest.raises(c.Refusal) as early:
        evening.ask(c.TryAgain, alert="A1", need="police")
    assert early.value.code == "not_due"
    found = Evening(a_unit("P1"))
    found.perform(an_alert())
    with pytest.raises(c.Refusal) as offered:
        found.ask(c.TryAgain, alert="A1", need="police")
    assert offered.value.code == "not_stuck"


def test_a_recall_by_hand_goes_to_the_next_unit() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.perform(an_alert())
    evening.accepts("P1")
    evening.ask(c.Recall, alert="A1", need="police", reason="needed elsewhere")
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
            evening.ask(c.Recall, alert=alert, need="police", reason="needed elsewhere")
        assert refusal.value.code == "nothing_to_recall"


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


def test_why_nobody_may_be_asked_is_counted_by_the_first_reason_of_each_unit() -> None:
    evening = Evening(
        a_unit("P1", capabilities=["english"]),
        a_unit("P2", capabilities=["english"]),
        a_unit("P3", capabilities=["english"]),
        a_unit("P4"),
        a_unit("P5", capabilities=["english"]),
    )
    evening.perform(an_alert("A0"))
    evening.accepts("P1")
    evening.ask(c.LoseUnit, unit="P2")
    evening.perform(
        an_alert("A1", Institution.POLICE, requires=["english"], keep_out=KeepOut(units=frozenset({"P5"})))
    )
    evening.says("P3", c.Decline, reason="no")
    assert evening.need().why_not == WhyNot(on_duty=5, busy=1, asked=1, away=1, lacking=2)


def test_a_higher_level_alone_does_not_call_twice() -> None:
    evening = nobody_to_ask()
    evening.ask(c.RaiseLevel, alert="A1", level=Level.EXTREME, reason="heard a shot")
    assert not any(isinstance(event, e.AlarmRaised) for event in evening.happened)
    assert evening.need().state is NeedState.STUCK


def test_each_kind_of_help_has_its_own_ladder() -> None:
    evening = Evening(a_unit("P1"))
    evening.perform(an_alert("A1", Institution.POLICE, SHELTER))
    assert (evening.need("police").state, evening.need("shelter").state) == (NeedState.OFFERED, NeedState.STUCK)
