"""When a human is called: every cause is raised at its time, acknowledged by name, sounds again, and ends."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from app.dispatch import commands as c
from app.dispatch.model import Alarm, Level
from app.dispatch.rules import Rules
from tests.builders import POLICE, PROSECUTOR, START, Evening
from tests.core.evenings import (
    accepted,
    asked,
    elsewhere,
    hear,
    on_scene,
    on_the_way,
    on_the_way_unseen,
    prosecutor_accepted,
)

RULES = Rules()
AGAIN_S = RULES.alarm_again_s


@dataclass(frozen=True, kw_only=True)
class Case:
    """How it comes to an alarm about a need, after how many seconds, and what ends it."""

    cause: str
    need: str
    begins: Callable[[], Evening]
    after_s: float
    ends: Callable[[Evening], object]


CASES = [
    Case(
        cause="unaccepted",
        need="police",
        begins=asked,
        after_s=RULES.accept_alarm_s[Level.STANDARD],
        ends=lambda evening: evening.accepts(evening.holder() or ""),
    ),
    Case(
        cause="not_under_way",
        need="police",
        begins=accepted,
        after_s=RULES.turnout_within_s[POLICE],
        ends=lambda evening: evening.says("P1", c.GoEnRoute),
    ),
    Case(
        cause="not_under_way",
        need="prosecutor",
        begins=prosecutor_accepted,
        after_s=RULES.turnout_within_s[PROSECUTOR],
        ends=lambda evening: evening.says("F1", c.MakeContact),
    ),
    Case(
        cause="overdue",
        need="police",
        begins=on_the_way,
        after_s=100 + RULES.overdue_margin_s,
        ends=lambda evening: evening.says("P1", c.ArriveOnScene),
    ),
    Case(
        cause="frozen",
        need="police",
        begins=on_the_way_unseen,
        after_s=RULES.frozen_after_s,
        ends=lambda evening: evening.says("P1", c.ArriveOnScene),
    ),
    Case(
        cause="welfare",
        need="police",
        begins=on_scene,
        after_s=RULES.welfare_s,
        ends=lambda evening: evening.says("P1", c.ConfirmWell),
    ),
    Case(
        cause="neighbour_silent",
        need="police",
        begins=elsewhere,
        after_s=RULES.neighbour_silent_s,
        ends=lambda evening: hear(evening, "accepted"),
    ),
]
each_cause = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.cause}-{case.need}")


@each_cause
def test_a_human_is_called_at_its_time_and_not_before(case: Case) -> None:
    evening = case.begins()
    evening.goes(case.after_s - 1)
    assert evening.need(case.need).alarm is None
    evening.goes(1)
    assert evening.need(case.need).alarm == Alarm(
        cause=case.cause, first_at=START + case.after_s, raised_at=START + case.after_s
    )


@each_cause
def test_it_sounds_again_and_again_while_nobody_takes_notice(case: Case) -> None:
    evening = case.begins()
    evening.goes(case.after_s)
    evening.goes(AGAIN_S - 1)
    assert alarm_of(evening, case).times == 1
    evening.goes(1)
    evening.goes(AGAIN_S)
    assert alarm_of(evening, case) == Alarm(
        cause=case.cause,
        first_at=START + case.after_s,
        raised_at=START + case.after_s + 2 * AGAIN_S,
        times=3,
    )


@each_cause
def test_a_named_person_takes_notice_once_and_it_sounds_again_if_nothing_comes_of_it(case: Case) -> None:
    evening = case.begins()
    evening.goes(case.after_s + 7)
    evening.perform(c.AcknowledgeAlarm(id="k", by="maria", alert="A1", need=case.need))
    alarm = alarm_of(evening, case)
    assert (alarm.acknowledged_by, alarm.acknowledged_at) == ("maria", START + case.after_s + 7)
    with pytest.raises(c.Refusal) as refusal:
        evening.ask(c.AcknowledgeAlarm, alert="A1", need=case.need)
    assert refusal.value.code == "no_alarm"
    evening.goes(AGAIN_S - 1)
    assert alarm_of(evening, case) == alarm
    evening.goes(1)
    assert (alarm_of(evening, case).times, alarm_of(evening, case).acknowledged_by) == (2, None)


@each_cause
def test_it_ends_with_its_cause(case: Case) -> None:
    evening = case.begins()
    evening.goes(case.after_s)
    case.ends(evening)
    assert evening.need(case.need).alarm is None
    with pytest.raises(c.Refusal) as refusal:
        evening.ask(c.AcknowledgeAlarm, alert="A1", need=case.need)
    assert refusal.value.code == "no_alarm"


@each_cause
def test_the_clock_may_not_sound_it_before_its_time(case: Case) -> None:
    evening = case.begins()
    with pytest.raises(c.Refusal) as refusal:
        evening.ask(c.SoundAlarm, alert="A1", need=case.need)
    assert refusal.value.code == "not_due"


def alarm_of(evening: Evening, case: Case) -> Alarm:
    alarm = evening.need(case.need).alarm
    assert alarm is not None
    assert alarm.cause == case.cause
    return alarm
