"""When she came to a place that nobody may find, told so late that it does not tell how far it is.

A drive's beginning and end, over many drives from many places, give the place away like so many distances. So the
end is told as whole hours after the beginning: within a region every drive ends in the same hour. A finer step
would not do: where it is crossed, from enough places, draws the same map.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from app.dispatch import events as e
from app.dispatch.model import SERVED, Alert, Board, Institution, NeedState

STEP_S = 3_600.0
"""What is told is the end of such a step since she left."""
_AFTER_LEAVING = (e.ReachedSafety, e.Done, e.Housed, e.AlertClosed)
"""What comes with the arrival, or soon after it."""


def late(began: float, at: float) -> float:
    """The end of the step in which `at` lies, counted from `began`; both in seconds since 1970 UTC."""
    return began + math.ceil((at - began) / STEP_S) * STEP_S


def as_told(entries: Iterable[e.Entry], is_sealed: Callable[[str], bool]) -> list[e.Entry]:
    """The entries of one alert as they may be told: where a sealed unit has accepted, the arrival and what comes
    with it are late, and without the device's own time. `is_sealed` answers for the code of a unit.
    """
    known = list(entries)
    if not any(isinstance(x.event, e.Accepted) and is_sealed(x.event.unit) for x in known):
        return known
    told, began = [], None
    before: dict[str, float] = {}
    for entry in known:
        event = entry.event
        if isinstance(event, e.AssignmentEvent):
            if isinstance(event, e.Departed) and began is None:
                began = entry.at
            if isinstance(event, e.ReachedSafety) and began is None:
                # Nobody said that they left: it was later than what they said last.
                began = before.get(event.assignment, entry.at)
            before[event.assignment] = entry.at
        if began is not None and isinstance(event, _AFTER_LEAVING):
            entry = replace(entry, at=late(began, entry.at), at_device=None)  # noqa: PLW2901  # told otherwise
        told.append(entry)
    return told


def stamps_told(board: Board, alert: Alert, stamps: Mapping[str, float]) -> dict[str, float]:
    """The stamps of an assignment of this alert as the desk is shown them."""
    if "safe" not in stamps or not to_a_sealed_place(board, alert):
        return dict(stamps)
    began = stamps.get("departed", max((at for name, at in stamps.items() if name != "safe"), default=0.0))
    return {name: late(began, at) if name == "safe" else at for name, at in stamps.items()}


def since_told(board: Board, alert: Alert, state: NeedState, since: float) -> float:
    """Since when a need is as it is. Who was done with it is off the board, and so is when they had left."""
    if state is not NeedState.DONE or not to_a_sealed_place(board, alert):
        return since
    return late(alert.raised_at, since)


def to_a_sealed_place(board: Board, alert: Alert) -> bool:
    """Whether she may be on her way to one, or there. A shelter that is off the board again counts as sealed."""
    for need in alert.needs:
        if need.institution is Institution.SHELTER:
            live = [board.assignments[each] for each in need.live]
            if need.state is NeedState.DONE and not live:
                return True
            if any(one.state in SERVED and board.units[one.unit].sealed for one in live):
                return True
    return False
