"""What is due when: every deadline is a field on the board or seen by the ground, so a restart forgets none."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from uuid import NAMESPACE_OID, uuid5

from . import commands as c
from .model import OVER, Alert, AlertState, Assignment, Board, Need, NeedState
from .of_units import can_be_lost
from .policy import Ground
from .rules import Rules
from .watch import alert_call, need_call, neighbour_at


class Deadline(NamedTuple):
    """At `at` a command of this kind is due about these: the fields that `_ABOUT` names."""

    at: float
    kind: type[c.Command]
    about: tuple[str, ...]


_ABOUT: Mapping[type[c.Command], tuple[str, ...]] = {
    c.ExpireOffer: ("assignment",),
    c.ExpireHold: ("assignment",),
    c.TryAgain: ("alert", "need"),
    c.SoundAlarm: ("alert", "need"),
    c.AskNeighbour: ("alert", "need"),
    c.SoundAlertAlarm: ("alert",),
    c.LoseUnit: ("unit",),
}
_COMES_AGAIN = frozenset({c.SoundAlarm, c.SoundAlertAlarm, c.LoseUnit})
"""What can be due for the same second twice, its cause over in between: the board it is due on tells which."""


def offer_deadline(assignment: Assignment) -> float:
    """When this offer goes on to the next unit: earlier while nobody has looked at it."""
    if "seen" in assignment.stamps:
        return assignment.answer_by
    return min(assignment.seen_by, assignment.answer_by)


def all_deadlines(board: Board, rules: Rules, ground: Ground) -> Iterator[Deadline]:
    """Every deadline there is now, in no order."""
    for alert in board.alerts.values():
        yield from _of_alert(board, alert, rules, ground)
    yield from _of_lines(board, rules, ground)


def _of_alert(board: Board, alert: Alert, rules: Rules, ground: Ground) -> Iterator[Deadline]:
    call = alert_call(board, alert, rules)
    if call is not None:
        yield Deadline(call.at, c.SoundAlertAlarm, (alert.id,))
    for need in alert.needs:
        if need.state not in OVER:
            yield from _of_need(board, alert, need, rules, ground)
        for live in need.live:
            yield from _of_assignment(board.assignments[live])


def _of_assignment(assignment: Assignment) -> Iterator[Deadline]:
    if assignment.state is NeedState.OFFERED:
        yield Deadline(offer_deadline(assignment), c.ExpireOffer, (assignment.id,))
    elif assignment.hold_until is not None and "safe" not in assignment.stamps:
        yield Deadline(assignment.hold_until, c.ExpireHold, (assignment.id,))


def _of_need(board: Board, alert: Alert, need: Need, rules: Rules, ground: Ground) -> Iterator[Deadline]:
    about = (alert.id, need.key)
    if need.state is NeedState.STUCK and need.retry_at is not None:
        yield Deadline(need.retry_at, c.TryAgain, about)
    call = need_call(board, alert, need, rules, ground)
    if call is not None:
        yield Deadline(call.at, c.SoundAlarm, about)
    ask_at = neighbour_at(alert, need, rules) if alert.state is AlertState.OPEN else None
    if ask_at is not None:
        yield Deadline(ask_at, c.AskNeighbour, about)


def _of_lines(board: Board, rules: Rules, ground: Ground) -> Iterator[Deadline]:
    """Units whose line is dead and that would be asked all the same."""
    for since, code in ground.quiet(math.inf):
        unit = board.units.get(code)
        if unit is not None and unit.on_duty and can_be_lost(unit):
            yield Deadline(_at_least(since, rules.lost_after_s), c.LoseUnit, (code,))


def _at_least(since: float, seconds: float) -> float:
    """The first moment that is `seconds` after `since` by subtraction, too: so it is asked of the ground."""
    at = since + seconds
    return at if at - seconds >= since else math.nextafter(at, math.inf)


def due(board: Board, at: float, rules: Rules, ground: Ground) -> list[c.Command]:
    """The commands whose time has come at `at`, earliest first.

    A command's id follows from what it is about, so two tickers that see the same deadline act once. Whoever sees
    it on an older board is refused, because nothing is due any more.
    """
    ready = [
        (deadline.at, _command(deadline, board))
        for deadline in all_deadlines(board, rules, ground)
        if deadline.at <= at
    ]
    return [command for _, command in sorted(ready, key=lambda item: (item[0], item[1].id))]


class Agenda:
    """When something is due next, worked out anew only for alerts that are not as they were at the last look.

    A deadline of an alert that is the same may still have become a later one, for its unit has moved; then nothing
    is due at the time that is said. What else it may miss it misses until it is begun `anew`.
    """

    def __init__(self) -> None:
        self._rules: Rules | None = None
        self._first: dict[str, tuple[Alert, float]] = {}

    def anew(self) -> None:
        """Work everything out at the next look."""
        self._first = {}

    def next_at(self, board: Board, rules: Rules, ground: Ground) -> float | None:
        """When something is due next, or earlier where that has moved; None when nothing ever is."""
        known = self._first if rules is self._rules else {}
        self._rules, self._first = rules, {}
        for alert_id, alert in board.alerts.items():
            first = known.get(alert_id)
            if first is None or first[0] is not alert:
                own = (deadline.at for deadline in _of_alert(board, alert, rules, ground))
                first = alert, min(own, default=math.inf)
            self._first[alert_id] = first
        of_lines = (deadline.at for deadline in _of_lines(board, rules, ground))
        at = min((*of_lines, *(first_at for _, first_at in self._first.values())), default=math.inf)
        return None if math.isinf(at) else at


def _command(deadline: Deadline, board: Board) -> c.Command:
    at, kind, about = deadline
    said = "/".join(about) if kind not in _COMES_AGAIN else f"{'/'.join(about)}@{board.seq}"
    fields: dict[str, Any] = dict(zip(_ABOUT[kind], about, strict=True))
    return kind(id=_id(kind.__name__, said, at), by=c.SERVICE, **fields)


def _id(what: str, about: str, at: float) -> str:
    return str(uuid5(NAMESPACE_OID, f"{what}:{about}:{at!r}"))
