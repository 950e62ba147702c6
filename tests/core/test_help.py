"""A crew in danger: a human is called until it says that it is well, the alert is extreme, another patrol goes."""

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.model import OFFERS, Institution, Level
from app.dispatch.rules import Rules
from tests.builders import PROSECUTOR, SHELTER, Evening, a_unit, an_alert
from tests.core.evenings import accepted, asked, on_scene, on_the_way

AGAIN_S = Rules().alarm_again_s


def cause(evening: Evening, need: str = "police") -> str | None:
    alarm = evening.need(need).alarm
    return None if alarm is None else alarm.cause


@pytest.mark.parametrize("begins", [accepted, on_the_way, on_scene])
def test_a_human_is_called_at_once_and_the_alert_is_extreme(begins: object) -> None:
    assert callable(begins)
    evening = begins()
    evening.says("P1", c.CallForHelp)
    assert evening.kinds()[:3] == ["HelpCalled", "AlarmRaised", "LevelRaised"]
    assert cause(evening) == "crew_in_danger"
    assert evening.alert().level is Level.EXTREME
    assert evening.alert().steps[-1].reason == "crew_in_danger"
    assert evening.need("police").state is evening.assignment().state


def test_another_patrol_goes_and_a_second_call_sends_no_third() -> None:
    evening = on_scene()
    evening.says("P1", c.CallForHelp)
    assert [need.key for need in evening.alert().needs] == ["police", "police-2"]
    evening.at += 30
    evening.says("P1", c.CallForHelp)
    assert [need.key for need in evening.alert().needs] == ["police", "police-2"]
    alarm = evening.need("police").alarm
    assert alarm is not None
    assert (alarm.times, alarm.acknowledged_at) == (2, None)


@pytest.mark.parametrize(("institution", "unit"), [(PROSECUTOR, "F1"), (SHELTER, "S1")])
def test_who_is_alone_there_is_sent_a_patrol(institution: Institution, unit: str) -> None:
    evening = Evening(a_unit(unit, institution, capabilities=("vehicle",)), a_unit("P1"))
    evening.perform(an_alert("A1", institution))
    evening.accepts(unit)
    evening.says(unit, c.CallForHelp)
    assert evening.need("police").state in OFFERS
    assert evening.holder() == "P1"


def test_it_sounds_acknowledged_or_not_until_the_crew_says_that_it_is_well() -> None:
    evening = on_scene()
    evening.says("P1", c.CallForHelp)
    evening.ask(c.AcknowledgeAlarm, alert="A1", need="police")
    evening.goes(AGAIN_S)
    assert cause(evening) == "crew_in_danger"
    assert evening.need("police").alarm is not None
    evening.says("P1", c.ConfirmWell)
    assert cause(evening) is None


def test_nothing_else_the_crew_says_ends_it() -> None:
    evening = on_the_way()
    evening.says("P1", c.CallForHelp)
    for step in (c.ArriveOnScene, c.MakeContact, c.Depart):
        evening.says("P1", step)
        assert cause(evening) == "crew_in_danger"


def test_who_has_accepted_nothing_is_told_so() -> None:
    evening = asked()
    with pytest.raises(c.Refusal) as refusal:
        evening.says("P1", c.CallForHelp)
    assert refusal.value.code == "wrong_state"


def test_another_units_assignment_does_not_exist_for_it() -> None:
    evening = on_scene()
    with pytest.raises(c.Refusal) as refusal:
        evening.ask(c.CallForHelp, assignment=evening.assignment().id, unit="P9")
    assert refusal.value.code == "unknown_assignment"


def test_a_crew_still_there_when_its_alert_is_over_is_heard_all_the_same() -> None:
    evening = on_scene()
    evening.ask(c.CloseAlert, alert="A1", disposition="attended", safe="yes", order="not_wanted")
    evening.says("P1", c.CallForHelp)
    assert evening.kinds() == ["HelpCalled", "AlarmRaised"]


# --- notes of who is there


def test_who_serves_the_alert_adds_a_note_and_is_heard() -> None:
    evening = on_scene()
    evening.perform(c.TellNote(id="n1", by="P1", assignment=evening.assignment().id, unit="P1"))
    assert evening.happened == [e.NoteAdded(alert="A1", note="n1")]


def test_who_has_accepted_nothing_adds_none() -> None:
    evening = asked()
    with pytest.raises(c.Refusal) as refusal:
        evening.says("P1", c.TellNote)
    assert refusal.value.code == "wrong_state"
