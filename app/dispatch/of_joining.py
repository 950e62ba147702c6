"""Several calls, one alert: a call joins, a person merges two alerts or splits a call off again."""

from collections.abc import Iterable

from . import commands as c
from . import events as e
from .barring import avoid, keep_out, matched, wanted_again
from .model import UNACCEPTED, Alert, Institution, Level, NeedState
from .of_needs import NEEDS_MAX, add_need, call_off
from .refusals import refused
from .run import Run, open_alert
from .telling import EVERYTHING, add_missing, raise_to, tell_beside


def join(run: Run, alert: Alert, command: c.RaiseAlert) -> None:
    """Another call for the same household adds, and may raise. The place stays; the earliest call is T0."""
    run.joined = True
    run.state(
        e.CallJoined(
            alert=alert.id,
            call=command.id,
            received_at=min(command.received_at or run.at, run.at),
            household=_of_nobody_else(run, command.household),
        )
    )
    add_missing(run, alert.id, ((need, None) for need in command.needs or _swallowed(alert)))
    keep_out(run, alert.id, matched(run, command.keep_out))
    avoid(run, alert.id, command.avoid_zones)
    tell_beside(run, alert.id, command.threat)


def _of_nobody_else(run: Run, household: Iterable[str]) -> frozenset[str]:
    return frozenset(name for name in household if name not in run.board.households)


def _swallowed(alert: Alert) -> tuple[c.NeedWanted, ...]:
    """What a caller needs who says no more than where, though the alert stands open: a patrol, if it had one.

    Whoever is looked for or on the way is for this call too, and not added. But if the patrol has gone, he may be
    back.
    """
    if alert.at_rest_since is not None:
        return EVERYTHING
    if any(need.institution is Institution.POLICE for need in alert.needs):
        return (c.NeedWanted(institution=Institution.POLICE),)
    return ()


def merge(run: Run, command: c.MergeAlerts) -> str:
    """One alert goes on for both. Who has accepted goes on with the other; what nobody accepted is asked here."""
    alert, into = open_alert(run, command.alert), open_alert(run, command.into)
    _check_merge(alert, into)
    keep_out(run, alert.id, into.keep_out)
    unaccepted = [need for need in run.board.alerts[alert.id].needs if need.state in UNACCEPTED]
    for need in unaccepted:
        call_off(run, alert.id, need, "merged")
    run.state(e.AlertMerged(alert=alert.id, into=into.id))
    for earlier in run.board.merged_here(alert):
        run.state(e.AlertMerged(alert=earlier.id, into=into.id))
    for call, received_at in alert.calls.items():
        household = _of_nobody_else(run, alert.household)
        run.state(e.CallJoined(alert=into.id, call=call, received_at=received_at, household=household))
    if alert.order is not None and into.order is None:
        run.state(e.OrderSettled(alert=into.id, outcome=alert.order))
    add_missing(run, into.id, map(wanted_again, unaccepted))
    raise_to(run, into.id, alert.level, "merged")
    keep_out(run, into.id, alert.keep_out)
    avoid(run, into.id, alert.avoid_zones)
    tell_beside(run, into.id, alert.threat)
    if alert.alarm is not None and alert.alarm.cause == "duress" and alert.alarm.acknowledged_at is None:
        run.state(e.AlertAlarmRaised(alert=into.id, cause="duress"))
    return into.id


def _check_merge(alert: Alert, into: Alert) -> None:
    if alert.id == into.id:
        raise refused("same_alert")
    if alert.origin is not None or into.origin is not None:
        raise refused("handed_here")
    elsewhere = [need.key for need in alert.needs if need.state is NeedState.ELSEWHERE]
    if elsewhere:
        raise refused("need_elsewhere:merge", needs=elsewhere)


def split(run: Run, command: c.SplitCall) -> str:
    """A call that joined wrongly gets an alert of its own. Who was kept out of the one is kept out of both."""
    alert = open_alert(run, command.alert)
    if command.call == alert.id:
        raise refused("first_call")
    received_at = alert.calls.get(command.call)
    if received_at is None:
        raise refused("unknown_call")
    if len(command.needs) > NEEDS_MAX:
        raise refused("too_many_needs", most=NEEDS_MAX)
    if command.id in run.board.alerts:
        raise refused("alert_exists")
    run.state(e.CallSplit(alert=alert.id, call=command.call, into=command.id))
    run.state(
        e.AlertRaised(
            alert=command.id,
            folio=run.board.next_folio,
            zone=command.zone,
            zone_how=command.zone_how,
            level=Level.STANDARD,
            incident=command.incident,
            received_at=received_at,
            # Nobody knows any more which call said it: one kept out too many does less harm than one too few.
            keep_out=alert.keep_out,
            order_by=received_at + run.rules.order_within_s,
        )
    )
    merged = run.board.alerts.get(command.call)
    if merged is not None and merged.merged_into == alert.id:
        # The call had an alert of its own before it was merged; who still works on that works on this one.
        run.state(e.CallJoined(alert=command.id, call=merged.id, received_at=received_at))
        run.state(e.AlertMerged(alert=merged.id, into=command.id))
    for need in command.needs or EVERYTHING:
        add_need(run, command.id, need)
    avoid(run, command.id, alert.avoid_zones)
    return command.id
