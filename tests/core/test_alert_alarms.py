"""When a human is called about an alert as a whole: its order is late, nobody closes it, a word of duress."""

import pytest

from app.dispatch import commands as c
from app.dispatch.model import Alarm, NeedState
from app.dispatch.rules import Rules
from tests.builders import POLICE, PROSECUTOR, START, Evening, a_unit, an_alert
from tests.core.evenings import on_scene, prosecutor_accepted

AGAIN_S = Rules().alarm_again_s


def by_telephone() -> Evening:
    """A prosecutor is in contact with her, and nothing else is going on."""
    evening = prosecutor_accepted()
    evening.says("F1", c.MakeContact)
    return evening


def over() -> Evening:
    evening = by_telephone()
    evening.says("F1", c.SayOrder, outcome="issued")
    evening.says("F1", c.Finish)
    return evening


def test_the_order_is_late_four_hours_after_the_call_and_until_it_is_settled() -> None:
    evening = by_telephone()
    late_s = evening.rules.order_within_s
    assert late_s == 4 * 3600
    evening.goes(late_s - 1)
    assert evening.alert().alarm is None
    evening.goes(1 + AGAIN_S)
    assert evening.alert().alarm == Alarm(
        cause="order_late", first_at=START + late_s, raised_at=START + late_s + AGAIN_S, times=2
    )
    evening.ask(c.AcknowledgeAlertAlarm, alert="A1")
    evening.goes(AGAIN_S)
    assert evening.kinds() == ["AlertAlarmRaised"]
    evening.says("F1", c.SayOrder, outcome="issued")
    assert evening.alert().alarm is None
    assert evening.goes(AGAIN_S) == []


def test_the_order_clock_runs_from_the_earliest_call() -> None:
    evening = Evening(a_unit("F1", PROSECUTOR))
    evening.perform(
        c.RaiseAlert(
            id="A1",
            by="operator",
            zone="centro",
            needs=(c.NeedWanted(institution=PROSECUTOR),),
            received_at=START - 600,
        )
    )
    evening.accepts("F1")
    evening.says("F1", c.MakeContact)
    evening.goes(evening.rules.order_within_s - 600)
    assert evening.kinds() == ["AlertAlarmRaised"]


def test_no_order_is_due_where_no_prosecutor_was_asked_for_or_is_any_more() -> None:
    evening = Evening(a_unit("P1"), a_unit("F1", PROSECUTOR))
    evening.perform(an_alert("A1", POLICE, PROSECUTOR))
    evening.accepts("P1")
    evening.says("P1", c.ArriveOnScene)
    evening.ask(c.CallOffNeed, alert="A1", need="prosecutor", reason="not_wanted")
    evening.goes(2 * evening.rules.order_within_s)
    assert evening.alert().alarm is None


def test_an_alert_nobody_works_on_and_nobody_closes_calls_a_human() -> None:
    evening = over()
    evening.goes(evening.rules.close_within_s - 1)
    assert evening.alert().alarm is None
    evening.goes(1)
    assert evening.alert().alarm is not None
    evening.ask(c.AcknowledgeAlertAlarm, alert="A1")
    evening.goes(AGAIN_S)
    assert evening.kinds() == ["AlertAlarmRaised"]
    evening.ask(c.AddNeed, alert="A1", wanted=c.NeedWanted(institution=POLICE))
    assert evening.alert().alarm is None


def test_an_alert_at_rest_whose_order_becomes_late_says_so() -> None:
    evening = by_telephone()
    evening.says("F1", c.Finish)
    evening.goes(evening.rules.close_within_s)
    evening.goes(evening.rules.order_within_s - evening.rules.close_within_s)
    alarm = evening.alert().alarm
    assert alarm is not None
    assert (alarm.cause, alarm.first_at) == ("order_late", START + evening.rules.order_within_s)
    evening.ask(c.SettleOrder, alert="A1", outcome="not_wanted")
    evening.goes(0)
    alarm = evening.alert().alarm
    assert alarm is not None
    assert alarm.cause == "not_closed"


def test_under_duress_a_human_is_called_until_somebody_takes_notice_and_nothing_is_hidden_afterwards() -> None:
    evening = by_telephone()
    evening.ask(c.CancelAlert, alert="A1", reason="by_mistake", word="duress")
    evening.goes(AGAIN_S)
    assert evening.kinds() == ["AlertAlarmRaised"]
    evening.ask(c.AcknowledgeAlertAlarm, alert="A1")
    assert evening.goes(evening.rules.order_within_s - AGAIN_S - 1) == []
    evening.goes(1)
    alarm = evening.alert().alarm
    assert alarm is not None
    assert alarm.cause == "order_late"


def test_an_alert_alarm_is_acknowledged_once_and_not_sounded_before_its_time() -> None:
    evening = over()
    with pytest.raises(c.Refusal) as early:
        evening.ask(c.SoundAlertAlarm, alert="A1")
    assert early.value.code == "not_due"
    with pytest.raises(c.Refusal) as none:
        evening.ask(c.AcknowledgeAlertAlarm, alert="A1")
    assert none.value.code == "no_alarm"
    evening.goes(evening.rules.close_within_s)
    evening.ask(c.AcknowledgeAlertAlarm, alert="A1")
    with pytest.raises(c.Refusal) as twice:
        evening.ask(c.AcknowledgeAlertAlarm, alert="A1")
    assert twice.value.code == "no_alarm"


def test_with_a_closed_alert_its_own_alarm_ends() -> None:
    evening = on_scene()
    evening.ask(c.CloseAlert, alert="A1", disposition="attended", safe="yes", order="not_wanted")
    assert evening.need().state is NeedState.ON_SCENE
    with pytest.raises(c.Refusal) as refusal:
        evening.ask(c.SoundAlertAlarm, alert="A1")
    assert refusal.value.code == "unknown_alert"


def test_an_order_that_is_late_is_late_no_more_once_no_prosecutor_is_asked_for() -> None:
    evening = by_telephone()
    evening.perform(c.AddNeed(id="more", by="operator", alert="A1", wanted=c.NeedWanted(institution=POLICE)))
    evening.goes(evening.rules.order_within_s)
    alarm = evening.alert().alarm
    assert alarm is not None
    assert alarm.cause == "order_late"
    evening.ask(c.CallOffNeed, alert="A1", need="prosecutor", reason="not_wanted")
    evening.goes(10 * AGAIN_S)
    assert "AlertAlarmRaised" not in evening.kinds()


def test_who_has_taken_notice_of_an_alert_alarm_is_named() -> None:
    evening = over()
    evening.goes(evening.rules.close_within_s + 5)
    evening.perform(c.AcknowledgeAlertAlarm(id="k", by="maria", alert="A1"))
    alarm = evening.alert().alarm
    assert alarm is not None
    assert (alarm.acknowledged_by, alarm.acknowledged_at) == ("maria", evening.at)
