"""Neighbouring centers: asking one for help, and hearing how a need stands there, both ways."""

from . import commands as c
from . import events as e
from .model import UNACCEPTED, Alert, AlertState, Need, NeedState
from .of_needs import call_off
from .refusals import refused
from .run import Run, need_on_board, open_alert, open_need
from .watch import is_asked, neighbour_at

_COMES = frozenset(
    state.value for state in (NeedState.ACCEPTED, NeedState.EN_ROUTE, NeedState.ON_SCENE, NeedState.ELSEWHERE)
)
"""What a center says of a need that somebody comes for."""

_DONE = NeedState.DONE.value
_SERVED_THERE = (_COMES - {NeedState.ELSEWHERE.value}) | {_DONE}
_OVER_THERE = frozenset({NeedState.CALLED_OFF.value, "cancelled"})
_WORDS = frozenset(state.value for state in NeedState) | _OVER_THERE
_HEARTBEATS = 3
"""A neighbour that has the need is written down as heard so often within `neighbour_silent_s`, and not more."""


def ask_neighbour(run: Run, command: c.AskNeighbour) -> str:
    """Ask the neighbouring center for help. A person may at any time; the service only when it is due."""
    alert, need = open_need(run, command)
    if need.state not in UNACCEPTED:
        raise refused("need_accepted:neighbour")
    center = run.rules.neighbour(alert.zone)
    if center is None or (alert.origin is not None and alert.origin.center == center):
        raise refused("no_neighbour")
    if is_asked(need):
        raise refused("neighbour_asked")
    if command.by == c.SERVICE:
        due_at = neighbour_at(alert, need, run.rules)
        if due_at is None or run.at < due_at:
            raise refused("not_due")
    run.state(e.NeighbourAsked(alert=alert.id, need=need.key, center=center))
    return alert.id


def hear_neighbour(run: Run, command: c.HearNeighbour) -> str:
    """How the need stands there. If somebody of theirs comes, nobody is looked for here; if not, all goes on.

    Refused where this alert over there is not the one that was asked for. That nothing is new is written down only
    now and then, and only while they have the need.
    """
    alert, need = need_on_board(run, command)
    asked, state = need.neighbour, _word(command.state)
    if asked is None or asked.alert not in {None, command.other}:
        raise refused("not_asked")
    is_new = (command.folio, state) != (asked.folio, asked.state)
    beat_s = run.rules.neighbour_silent_s / _HEARTBEATS
    if is_new or (need.state is NeedState.ELSEWHERE and run.at >= asked.heard_at + beat_s):
        run.state(
            e.NeighbourHeard(alert=alert.id, need=need.key, other=command.other, folio=command.folio, state=state)
        )
    _follow(run, alert, need, state)
    return alert.id


def _follow(run: Run, alert: Alert, need: Need, state: str) -> None:
    """What their state means for ours. Whom we have asked or sent ourselves nobody takes back here."""
    about = {"alert": alert.id, "need": need.key}
    if state in _COMES or state == _DONE:
        if need.state is NeedState.STUCK:
            run.state(e.TakenElsewhere(**about))
        elif need.state is not NeedState.ELSEWHERE:
            return
        if state == _DONE:
            run.state(e.DoneElsewhere(**about))
    elif need.state is NeedState.ELSEWHERE and alert.state is AlertState.OPEN:
        run.state(e.GivenBack(**about))
    elif need.state is NeedState.ELSEWHERE:
        # Her alert is closed: nobody is looked for any more.
        run.state(e.NeedDropped(**about, reason="neighbour_gave_back"))


def hear_origin(run: Run, command: c.HearOrigin) -> str:
    """How the need stands at the center that handed it here: whoever is not needed any more is not looked for."""
    alert = open_alert(run, command.alert)
    state = _word(command.state)
    if alert.origin is None:
        raise refused("not_handed_here")
    if alert.origin.state != state:
        run.state(e.OriginHeard(alert=alert.id, state=state))
    if state in _SERVED_THERE | _OVER_THERE:
        for need in alert.needs:
            if need.state in UNACCEPTED:
                call_off(run, alert.id, need, "taken_by_origin")
    return alert.id


def _word(state: str) -> str:
    """What another center says, if it is a word of ours: nothing else gets into the log."""
    return state if state in _WORDS else "unknown"
