"""What calls do: raise an alert or join an open one, and tell more of it."""

from . import commands as c
from . import events as e
from .barring import avoid, keep_out, matched
from .model import Alert, Level
from .of_joining import join
from .of_needs import NEEDS_MAX, add_need
from .refusals import refused
from .run import Run, open_alert
from .telling import EVERYTHING, check_threat, raise_to, tell

WITHOUT_WORDS = frozenset({"60202", "70104", "70109"})
"""Incidents of calls in which nothing was said: cut off, silent, hung up."""
REPORTED_ALREADY = "60205"
"""The incident of a call about something that is said to be known."""


def raise_alert(run: Run, command: c.RaiseAlert) -> str:
    """A new alert, unless one of the same household is open: then the call joins it."""
    if len(command.needs) > NEEDS_MAX:
        raise refused("too_many_needs", most=NEEDS_MAX)
    check_threat(command.threat)
    known = _of_household(run, command)
    if command.id in run.board.alerts or (known is not None and command.id in known.calls):
        raise refused("alert_exists")
    if known is not None:
        join(run, known, command)
        return known.id
    received_at = min(command.received_at or run.at, run.at)
    run.state(
        e.AlertRaised(
            alert=command.id,
            folio=run.board.next_folio,
            zone=command.zone,
            zone_how=command.zone_how,
            level=Level.STANDARD,
            incident=command.incident,
            received_at=received_at,
            answered_at=_by_now(command.answered_at, run),
            located_at=_by_now(command.located_at, run),
            keep_out=matched(run, command.keep_out),
            household=command.household if command.origin is None else frozenset(),
            history=command.history,
            order_by=received_at + run.rules.order_within_s,
            origin=command.origin,
        )
    )
    for need in command.needs or EVERYTHING:
        add_need(run, command.id, need)
    avoid(run, command.id, command.avoid_zones)
    if command.history > 0:
        raise_to(run, command.id, Level.HIGH, _again(command.incident))
    tell(run, command.id, command.threat)
    return command.id


def _of_household(run: Run, command: c.RaiseAlert) -> Alert | None:
    """The open alert of the caller's household, the one raised first if there are several.

    What a neighbouring center hands here is never one of ours: its desk has the alert, and follows this one.
    """
    if command.origin is not None:
        return None
    ids = {run.board.households[name] for name in command.household if name in run.board.households}
    return min(
        (run.board.alerts[each] for each in ids), key=lambda found: (found.raised_at, found.id), default=None
    )


def _again(incident: str) -> str:
    """Why a household with a history is `high` at once, in a word."""
    if incident in WITHOUT_WORDS:
        return "silent_call_with_history"
    return "reported_again" if incident == REPORTED_ALREADY else "repeat"


def _by_now(at: float | None, run: Run) -> float | None:
    return None if at is None else min(at, run.at)


def tell_more(run: Run, command: c.TellMore) -> str:
    alert = open_alert(run, command.alert)
    check_threat(command.threat)
    if command.zone is not None:
        run.state(e.PlaceMoved(alert=alert.id, zone=command.zone, zone_how=command.zone_how))
    keep_out(run, alert.id, matched(run, command.keep_out))
    avoid(run, alert.id, command.avoid_zones)
    tell(run, alert.id, command.threat)
    if not run.events:
        # What was told is personal and in the details; the log says that there is more to know.
        run.state(e.NoteAdded(alert=alert.id, note=command.id))
    return alert.id
