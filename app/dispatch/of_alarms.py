"""Calling a human, and a named person taking notice."""

from . import commands as c
from . import events as e
from .refusals import refused
from .run import Run, need_on_board, open_alert
from .watch import alert_call, need_call


def sound_alarm(run: Run, command: c.SoundAlarm) -> str:
    """A deadline of the need has passed: call a human, or the same one again. Refused before its time."""
    alert, need = need_on_board(run, command)
    call = need_call(run.board, alert, need, run.rules, run.ground)
    if call is None or run.at < call.at:
        raise refused("not_due")
    run.state(e.AlarmRaised(alert=alert.id, need=need.key, cause=call.cause))
    return alert.id


def sound_alert_alarm(run: Run, command: c.SoundAlertAlarm) -> str:
    """The same for the alert as a whole."""
    alert = open_alert(run, command.alert)
    call = alert_call(run.board, alert, run.rules)
    if call is None or run.at < call.at:
        raise refused("not_due")
    run.state(e.AlertAlarmRaised(alert=alert.id, cause=call.cause))
    return alert.id


def acknowledge(run: Run, command: c.AcknowledgeAlarm) -> str:
    """A person has taken notice of the need's alarm, also after its alert was closed."""
    _person_only(command)
    alert, need = need_on_board(run, command)
    if need.alarm is None or need.alarm.acknowledged_at is not None:
        raise refused("no_alarm")
    run.state(e.AlarmAcknowledged(alert=alert.id, need=need.key, by=command.by))
    return alert.id


def acknowledge_alert(run: Run, command: c.AcknowledgeAlertAlarm) -> str:
    """A person has taken notice of the alarm on the alert as a whole."""
    _person_only(command)
    alert = open_alert(run, command.alert)
    if alert.alarm is None or alert.alarm.acknowledged_at is not None:
        raise refused("no_alarm")
    run.state(e.AlertAlarmAcknowledged(alert=alert.id, by=command.by))
    return alert.id


def _person_only(command: c.Command) -> None:
    if command.by == c.SERVICE:
        raise refused("service_may_not")
