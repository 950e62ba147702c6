"""What is due when: every deadline is a field on the board, so a restart forgets none."""

from collections.abc import Iterator
from uuid import NAMESPACE_OID, uuid5

from .commands import SERVICE, Command, ExpireOffer, TryAgain
from .model import Assignment, Board, NeedRef, NeedState


def offer_deadline(assignment: Assignment) -> float:
    """When this offer goes on to the next unit: earlier while nobody has looked at it."""
    if "seen" in assignment.stamps:
        return assignment.answer_by
    return min(assignment.seen_by, assignment.answer_by)


def all_deadlines(board: Board) -> Iterator[tuple[float, Assignment | NeedRef]]:
    """Every deadline on the board with the offer or the stuck need it is about."""
    for assignment in board.assignments.values():
        if assignment.state is NeedState.OFFERED:
            yield offer_deadline(assignment), assignment
    for alert_id, key in board.waiting:
        need = board.alerts[alert_id].need(key)
        if need is not None and need.retry_at is not None:
            yield need.retry_at, (alert_id, key)


def due(board: Board, at: float) -> list[Command]:
    """The commands whose time has come at `at`, earliest first.

    A command's id follows from what it is about, so two tickers that see the same deadline act once.
    """
    ready = [(when, _command(what, when)) for when, what in all_deadlines(board) if when <= at]
    return [command for _, command in sorted(ready, key=lambda item: (item[0], item[1].id))]


def next_at(board: Board) -> float | None:
    """When something is due next, or None when nothing ever is."""
    return min((when for when, _ in all_deadlines(board)), default=None)


def _command(what: Assignment | NeedRef, at: float) -> Command:
    if isinstance(what, Assignment):
        return ExpireOffer(id=_id("expire", what.id, at), by=SERVICE, assignment=what.id)
    alert, need = what
    return TryAgain(id=_id("retry", f"{alert}/{need}", at), by=SERVICE, alert=alert, need=need)


def _id(what: str, about: str, at: float) -> str:
    return str(uuid5(NAMESPACE_OID, f"{what}:{about}:{at!r}"))
