"""Who takes her to the shelter: arranged as soon as a place is accepted, and anew when nobody does it any more."""

from collections.abc import Iterator

from . import commands as c
from . import events as e
from .model import OVER, SERVED, UNACCEPTED, Alert, AlertState, Assignment, Board, Institution, Need, NeedState
from .of_needs import call_off
from .of_places import kept_places, one_case
from .run import Run
from .telling import only_transport

TRANSPORT = "transport"
"""The name of a need that is for the transport and nothing else; the second one is `transport-2`."""

_ENDS = (e.Done, e.CalledOff, e.NeedDropped)
_MATTERS = (
    *_ENDS,
    e.Accepted,
    e.Withdrawn,
    e.Recalled,
    e.HoldExpired,
    e.Housed,
    e.ReachedSafety,
    e.AlertMerged,
)


def arrange_transport(run: Run, before: Board) -> None:
    """After what was stated since `before`: ask for a transport where one is wanted, drop it where none is.

    1. A shelter that cannot fetch her has accepted, or who had the transport is done with it and she has not come
       to safety: somebody is asked, unless somebody has the transport already.
    2. No place is kept for her any more, or she has come, or somebody else takes her: a transport that nobody has
       accepted is not looked for.
    """
    touched = dict.fromkeys(event.alert for event in run.events if isinstance(event, _MATTERS))
    for alert_id in touched:
        alert = _still_there(run.board, before, alert_id)
        alerts = one_case(run.board, alert) if alert else ()
        if not alerts or alerts[0].state is not AlertState.OPEN:
            continue
        places = kept_places(run.board, alerts)
        transports = _transports(run.board, alerts)
        if not places or len(transports) > 1:
            _drop(run, alerts[0], spare=transports[0] if places else None)
        elif not transports and _is_wanted(run, before, places):
            _ask(run, alerts)


def _still_there(board: Board, before: Board, alert_id: str) -> Alert | None:
    """The alert, or, where it has left the board, the one it was merged into."""
    alert = board.alerts.get(alert_id)
    if alert is None and alert_id in before.alerts:
        into = before.alerts[alert_id].merged_into
        return board.alerts.get(into) if into is not None else None
    return alert


def _is_wanted(run: Run, before: Board, places: list[Assignment]) -> bool:
    accepted = {event.assignment for event in run.events if isinstance(event, e.Accepted)}
    return any(place.id in accepted for place in places) or any(
        _left_undone(run, before, event) for event in run.events if isinstance(event, _ENDS)
    )


def _left_undone(run: Run, before: Board, event: e.NeedEvent) -> bool:
    """Whether a transport ended with this and she had not come to safety; what a person called off stays so."""
    alert = before.alerts.get(event.alert)
    need = alert.need(event.need) if alert else None
    if need is None or not need.transport:
        return False
    command = run.command
    if isinstance(command, c.CallOffNeed) and command.need == need.key and only_transport(need):
        return False
    return not any("safe" in before.assignments[live].stamps for live in need.live)


def _transports(board: Board, alerts: tuple[Alert, ...]) -> list[Need]:
    """Who takes her or is looked for, who has accepted first. Who has brought her to safety once has done it."""
    found = [
        need
        for alert in alerts
        for need in alert.needs
        if need.transport
        and need.state not in OVER
        and not any("safe" in board.assignments[live].stamps for live in need.live)
    ]
    return sorted(found, key=lambda need: need.state in UNACCEPTED)


def _drop(run: Run, alert: Alert, spare: Need | None) -> None:
    for need in alert.needs:
        if only_transport(need) and need.state in UNACCEPTED and need is not spare:
            call_off(run, alert.id, need, "no_transport_needed")


def _ask(run: Run, alerts: tuple[Alert, ...]) -> None:
    """Ask a patrol of the alert to take her; where it has none that can, look for one more."""
    best = min(_patrols(run.board, alerts), key=lambda found: found[0], default=None)
    if best is not None:
        run.state(e.TransportAsked(alert=best[1], need=best[2]))
        return
    alert = alerts[0]
    others = sum(only_transport(need) for need in alert.needs)
    run.state(
        e.NeedAdded(
            alert=alert.id,
            need=TRANSPORT if others == 0 else f"{TRANSPORT}-{others + 1}",
            institution=Institution.POLICE,
            transport=True,
        )
    )


def _patrols(board: Board, alerts: tuple[Alert, ...]) -> Iterator[tuple[int, str, str]]:
    """(rank, alert, need) of each patrol that can take her, the lowest rank first.

    First in whose car she sits, then who is on the scene, who has accepted, who is looked for. Who is there for
    the aggressor does not take her too; who has brought her to safety once has done its part.
    """
    for alert in alerts:
        for need in alert.needs:
            if need.institution is not Institution.POLICE or need.party == "aggressor":
                continue
            stamps = [board.assignments[live].stamps for live in need.live]
            if need.state in UNACCEPTED:
                yield 3, alert.id, need.key
            elif need.state in SERVED and not any("safe" in each for each in stamps):
                departed = any("departed" in each for each in stamps)
                yield 0 if departed else 1 if need.state is NeedState.ON_SCENE else 2, alert.id, need.key
