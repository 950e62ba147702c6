"""The ladder: the next unit, then a human, and again whenever the board changes."""

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.model import Alarm, Institution, KeepOut, Level, NeedState, WhyNot
from tests.builders import SHELTER, START, Evening, a_unit, an_alert


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


def test_a_stuck_need_is_tried_again_at_its_deadline_while_the_alarm_sounds_on_its_own() -> None:
    evening = nobody_to_ask()
    retry_s, again_s = evening.rules.stuck_retry_s, evening.rules.alarm_again_s
    evening.goes(3 * retry_s)
    kinds = evening.kinds()
    assert kinds.count("NeedStuck") == 3
    assert kinds.count("AlarmRaised") == 3 * retry_s // again_s
    assert set(kinds) == {"NeedStuck", "AlarmRaised"}
    assert evening.need().retry_at == START + 4 * retry_s


def test_a_stuck_need_is_tried_again_when_somebody_asked_before_may_be_asked_again() -> None:
    evening = Evening(a_unit("P1"))
    evening.perform(an_alert())
    evening.at += 7
    evening.says("P1", c.Decline, reason="far")
    assert evening.need().retry_at == START + 7 + evening.rules.ask_again_after_s
    evening.goes(evening.rules.ask_again_after_s)
    assert evening.holder() == "P1"


def test_an_acknowledged_alarm_stands_and_sounds_again_when_an_offer_after_it_fails() -> None:
    evening = nobody_to_ask()
    evening.ask(c.AcknowledgeAlarm, alert="A1", need="police")
    evening.perform(c.ListUnits(id="list", by="import", units=(a_unit("P1"),)))
    evening.ground.stations["P1"] = (1000.0, 0.0)
    evening.ask(c.StartDuty, unit="P1", crew=("ana",))
    assert evening.holder() == "P1"
    evening.says("P1", c.Decline, reason="far")
    assert evening.kinds() == ["Declined", "NeedStuck"]
    assert evening.need().alarm is not None
    assert type(evening.goes(evening.rules.alarm_again_s)[0]) is e.AlarmRaised
    assert evening.need().alarm == Alarm(
        cause="nobody_to_ask", first_at=START, raised_at=START + evening.rules.alarm_again_s, times=2
    )


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
    for alert, need in (("A1", "shelter"), ("A9", "police")):
        with pytest.raises(c.Refusal) as unknown:
            found.ask(c.TryAgain, alert=alert, need=need)
        assert unknown.value.code == "not_stuck"


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
    assert evening.need().why_not == WhyNot(on_duty=5, busy=1, asked=1, away=1, lacking=1, kept_out=1)


def test_a_higher_level_alone_does_not_call_twice() -> None:
    evening = nobody_to_ask()
    evening.ask(c.RaiseLevel, alert="A1", level=Level.EXTREME, reason="heard a shot")
    assert not any(isinstance(event, e.AlarmRaised) for event in evening.happened)
    assert evening.need().state is NeedState.STUCK


def test_each_kind_of_help_has_its_own_ladder() -> None:
    evening = Evening(a_unit("P1"))
    evening.perform(an_alert("A1", Institution.POLICE, SHELTER))
    assert (evening.need("police").state, evening.need("shelter").state) == (NeedState.OFFERED, NeedState.STUCK)
