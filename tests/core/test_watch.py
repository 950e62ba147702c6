"""What the time of each alarm about a need counts from, and who is not missed."""

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.model import Alarm, Institution, KeepOut, Level
from tests.builders import POLICE, PROSECUTOR, SHELTER, START, Evening, FlatGround, a_unit, an_alert
from tests.core.evenings import accepted, on_scene, on_the_way, on_the_way_unseen, prosecutor_accepted


@pytest.mark.parametrize("level", list(Level))
def test_the_higher_the_level_the_sooner_a_human_is_called_though_somebody_is_being_asked(level: Level) -> None:
    evening = Evening(*(a_unit(f"P{n}") for n in range(1, 20)))
    evening.perform(an_alert())
    if level is not Level.STANDARD:
        evening.ask(c.RaiseLevel, alert="A1", level=level, reason="heard_a_shot")
    evening.goes(evening.rules.accept_alarm_s[level] - 1)
    assert evening.need().alarm is None
    evening.goes(1)
    assert evening.need().alarm is not None
    assert evening.need().live


def test_a_need_that_lost_its_unit_has_its_whole_time_again() -> None:
    evening = accepted()
    evening.at += 100
    evening.says("P1", c.Withdraw, reason="flat_tyre")
    evening.goes(evening.rules.accept_alarm_s[Level.STANDARD] - 1)
    assert [event for event in evening.happened if isinstance(event, e.AlarmRaised)] == []


def test_somebody_called_because_nobody_is_there_is_not_called_for_the_same_need_by_another_cause() -> None:
    evening = Evening()
    evening.perform(an_alert())
    evening.goes(3600)
    assert {event.cause for event in evening.happened if isinstance(event, e.AlarmRaised)} == {"nobody_to_ask"}


def test_who_says_that_all_are_well_before_setting_off_has_the_whole_time_again() -> None:
    evening = accepted()
    turnout_s = evening.rules.turnout_within_s[POLICE]
    evening.goes(turnout_s)
    evening.says("P1", c.ConfirmWell)
    evening.goes(turnout_s - 1)
    assert evening.need().alarm is None
    evening.goes(1)
    assert evening.need().alarm is not None


def test_a_prosecutor_who_helps_by_telephone_need_not_set_off() -> None:
    evening = prosecutor_accepted()
    evening.says("F1", c.MakeContact)
    assert evening.goes(2 * evening.rules.turnout_within_s[PROSECUTOR]) == []


def test_a_patrol_in_contact_that_never_said_it_set_off_says_now_and_then_that_it_is_well() -> None:
    evening = accepted()
    evening.says("P1", c.MakeContact)
    evening.goes(evening.rules.welfare_s)
    alarm = evening.need().alarm
    assert alarm is not None
    assert alarm.cause == "welfare"


def test_a_shelter_that_keeps_a_place_need_not_set_off() -> None:
    evening = Evening(a_unit("R1", SHELTER, capabilities=["vehicle"]))
    evening.perform(an_alert("A1", SHELTER))
    evening.accepts("R1")
    assert evening.goes(evening.rules.hold_s - 1) == []


def test_a_unit_seen_to_move_is_not_frozen_and_one_that_stops_is_from_then_on() -> None:
    evening = on_the_way_unseen()
    evening.ground.moved["P1"] = START + 170
    evening.goes(evening.rules.frozen_after_s + 169)
    assert evening.need().alarm is None
    evening.goes(1)
    alarm = evening.need().alarm
    assert alarm is not None
    assert alarm.cause == "frozen"


def test_a_unit_that_stood_before_it_set_off_is_not_frozen_yet() -> None:
    evening = accepted()
    evening.ground.moved["P1"] = START - 3600
    evening.says("P1", c.GoEnRoute)
    evening.goes(evening.rules.frozen_after_s - 1)
    assert evening.need().alarm is None


def test_frozen_does_not_sound_again_while_the_unit_moves_and_overdue_is_not_hidden_by_it() -> None:
    evening = on_the_way_unseen()
    evening.goes(evening.rules.frozen_after_s)
    evening.ground.moved["P1"] = START + 1e6
    arrive_by = evening.assignment().arrive_by
    assert arrive_by is not None
    assert evening.goes(arrive_by - evening.at - 1) == []
    evening.goes(1)
    assert evening.need().alarm == Alarm(cause="overdue", first_at=arrive_by, raised_at=arrive_by)


def test_a_patrol_that_is_withheld_is_not_seen_so_it_is_not_frozen_but_can_be_overdue() -> None:
    """It left with somebody before, and until it is on a scene again nobody is told where it is."""
    evening = on_scene()
    for kind in (c.Depart, c.ReachSafety, c.Finish):
        evening.says("P1", kind)
    evening.perform(an_alert("A2"))
    evening.says("P1", c.Accept)
    evening.says("P1", c.GoEnRoute)
    evening.goes(evening.rules.frozen_after_s)
    assert evening.need(alert="A2").alarm is None
    evening.goes(evening.rules.overdue_margin_s)
    alarm = evening.need(alert="A2").alarm
    assert alarm is not None
    assert alarm.cause == "overdue"


def test_a_shelter_that_fetches_her_can_be_overdue_and_is_not_once_she_is_in_its_vehicle() -> None:
    evening = Evening(a_unit("R1", SHELTER, capabilities=["vehicle"]), ground=FlatGround(1.0))
    evening.perform(an_alert("A1", SHELTER))
    evening.accepts("R1")
    evening.says("R1", c.GoEnRoute)
    evening.goes(1499)
    assert evening.need("shelter").alarm is None
    evening.goes(1)
    alarm = evening.need("shelter").alarm
    assert alarm is not None
    assert alarm.cause == "overdue"
    evening.says("R1", c.ArriveOnScene)
    evening.says("R1", c.Depart)
    assert evening.goes(evening.rules.hold_s - 1500 - 1) == []


def test_a_patrol_that_forgot_to_say_that_it_was_there_is_not_overdue_once_it_left_with_her() -> None:
    evening = on_the_way()
    evening.says("P1", c.Depart)
    evening.goes(evening.rules.welfare_s)
    alarm = evening.need().alarm
    assert alarm is not None
    assert (alarm.cause, alarm.first_at) == ("welfare", START + evening.rules.welfare_s)


@pytest.mark.parametrize("kind", [c.MakeContact, c.Depart, c.ReachSafety])
def test_a_patrol_that_is_missed_on_the_way_and_turns_out_to_be_with_her_is_missed_no_more(
    kind: type[c.AssignmentCommand],
) -> None:
    evening = on_the_way_unseen()
    evening.goes(evening.rules.frozen_after_s)
    assert evening.need().alarm is not None
    evening.says("P1", kind)
    assert evening.need().alarm is None
    assert evening.goes(evening.rules.welfare_s - 1) == []


def test_every_word_of_a_crew_on_scene_counts_as_being_well() -> None:
    evening = on_scene()
    for kind in (c.ConfirmWell, c.MakeContact, c.Depart, c.ConfirmWell, c.ReachSafety):
        evening.goes(evening.rules.welfare_s - 1)
        assert evening.need().alarm is None
        evening.says("P1", kind)
    evening.goes(evening.rules.welfare_s)
    assert evening.need().alarm is not None


def test_a_crew_is_looked_after_when_its_alert_is_closed_already() -> None:
    evening = on_scene()
    evening.ask(c.CloseAlert, alert="A1", disposition="attended", safe="yes", order="not_wanted")
    evening.goes(evening.rules.welfare_s)
    assert evening.kinds() == ["AlarmRaised"]
    evening.ask(c.AcknowledgeAlarm, alert="A1", need="police")
    evening.goes(evening.rules.alarm_again_s)
    assert evening.kinds() == ["AlarmRaised"]


def test_who_is_only_kept_out_calls_a_human_who_knows_why() -> None:
    evening = Evening(a_unit("P1"))
    evening.perform(an_alert(keep_out=KeepOut(units=frozenset({"P1"}))))
    alarm = evening.need().alarm
    assert alarm is not None
    assert alarm.cause == "kept_out"


def test_the_service_itself_takes_no_notice_of_an_alarm() -> None:
    evening = Evening()
    evening.perform(an_alert())
    for command in (
        c.AcknowledgeAlarm(id="k1", by=c.SERVICE, alert="A1", need="police"),
        c.AcknowledgeAlertAlarm(id="k2", by=c.SERVICE, alert="A1"),
    ):
        with pytest.raises(c.Refusal) as refusal:
            evening.perform(command)
        assert refusal.value.code == "service_may_not"


@pytest.mark.parametrize("institution", [PROSECUTOR, SHELTER])
def test_whoever_serves_a_need_and_says_nothing_for_long_calls_a_human_whatever_the_state(
    institution: Institution,
) -> None:
    evening = Evening(a_unit("U1", institution))
    evening.perform(an_alert("A1", institution))
    evening.accepts("U1")
    if institution is PROSECUTOR:
        evening.says("U1", c.MakeContact)
        evening.ask(c.SettleOrder, alert="A1", outcome="issued")
    else:
        evening.says("U1", c.ReachSafety)
    assert evening.goes(evening.rules.quiet_s - 1) == []
    evening.goes(1)
    assert [(event.cause, event.need) for event in evening.happened if isinstance(event, e.AlarmRaised)] == [
        ("quiet", institution.value)
    ]
    evening.says("U1", c.ConfirmWell)
    assert evening.need(institution.value).alarm is None
