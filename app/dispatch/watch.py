"""When a human is called, and why: pure answers from the board and what the ground saw move.

A standing alarm sounds again and again for as long as its cause lasts, acknowledged or not.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from .model import (
    SERVED,
    UNACCEPTED,
    Alarm,
    Alert,
    AlertState,
    Assignment,
    Board,
    Institution,
    Need,
    NeedState,
)
from .policy import Ground
from .rules import Rules


class Call(NamedTuple):
    """A human is called at `at`, seconds since 1970 UTC, for `cause`."""

    at: float
    cause: str


_GIVES_WAY: Mapping[str, str] = {"frozen": "overdue", "not_closed": "order_late"}
"""A standing alarm of the first cause does not hide the second one, which says more."""

_NOT_COMING = frozenset({"called_off", "cancelled"})
"""What a neighbouring center says of a need it does not look after any more; it may be asked once more."""

_LEFT = frozenset({"departed", "safe"})


def need_call(board: Board, alert: Alert, need: Need, rules: Rules, ground: Ground) -> Call | None:
    """When a human is called about this need next, whether its alert is open or not; None, there is nothing."""
    fresh = _of_need(board, alert, need, rules, ground)
    standing = need.alarm
    if standing is None:
        return min(fresh, default=None)
    again_at = _again_at(standing, rules)
    if standing.cause == "frozen" and need.state is NeedState.EN_ROUTE:
        (live,) = need.live
        again_at = max(again_at, _frozen_at(board.assignments[live], rules, ground))
    return _standing_or(Call(again_at, standing.cause), fresh)


def alert_call(board: Board, alert: Alert, rules: Rules) -> Call | None:
    """When a human is called about this open alert as a whole; None, there is nothing.

    `duress` sounds until somebody has taken notice, and an order that nobody is asked for any more is not late;
    neither hides anything afterwards.
    """
    if alert.state is not AlertState.OPEN:
        return None
    fresh = _of_alert(board, alert, rules)
    standing = alert.alarm
    if standing is None or _is_past(board, alert, standing):
        return min(fresh, default=None)
    return _standing_or(Call(_again_at(standing, rules), standing.cause), fresh)


def neighbour_at(alert: Alert, need: Need, rules: Rules) -> float | None:
    """When the neighbouring center is asked for this need; None where it is not, or has been.

    It is asked at once where only those may come who must not. What was handed here is not handed on by itself.
    """
    alarm, asked = need.alarm, need.neighbour
    if need.state not in UNACCEPTED or alarm is None or alert.origin is not None:
        return None
    if rules.neighbour(alert.zone) is None or is_asked(need):
        return None
    at = alarm.first_at + (0.0 if alarm.cause == "kept_out" else rules.neighbour_after_s)
    return at if asked is None else max(at, asked.heard_at + rules.neighbour_after_s)


def is_asked(need: Need) -> bool:
    """Whether a neighbouring center looks after this need, or has not said that it does not."""
    return need.neighbour is not None and need.neighbour.state not in _NOT_COMING


def _again_at(alarm: Alarm, rules: Rules) -> float:
    heard_at = alarm.raised_at if alarm.acknowledged_at is None else alarm.acknowledged_at
    return heard_at + rules.alarm_again_s


def _standing_or(again: Call, fresh: Iterator[Call]) -> Call:
    says_more = _GIVES_WAY.get(again.cause)
    return min([again, *(call for call in fresh if call.cause == says_more)])


# --- an alert as a whole


def _is_past(board: Board, alert: Alert, standing: Alarm) -> bool:
    if standing.cause == "duress":
        return standing.acknowledged_at is not None
    return standing.cause == "order_late" and not _order_runs(board, alert)


def _of_alert(board: Board, alert: Alert, rules: Rules) -> Iterator[Call]:
    if alert.order_by is not None and _order_runs(board, alert):
        yield Call(alert.order_by, "order_late")
    if alert.at_rest_since is not None:
        yield Call(alert.at_rest_since + rules.close_within_s, "not_closed")


def _order_runs(board: Board, alert: Alert) -> bool:
    """Whether a prosecutor was asked for, here or in an alert merged into this one, and no order is settled."""
    return alert.order is None and any(_asks_prosecutor(each) for each in (alert, *board.merged_here(alert)))


def _asks_prosecutor(alert: Alert) -> bool:
    return any(
        need.institution is Institution.PROSECUTOR and need.state is not NeedState.CALLED_OFF
        for need in alert.needs
    )


# --- a need


def _of_need(board: Board, alert: Alert, need: Need, rules: Rules, ground: Ground) -> Iterator[Call]:
    if need.state in UNACCEPTED:
        yield Call(need.unaccepted_since + rules.accept_alarm_s[alert.level], "unaccepted")
    elif need.state in SERVED:
        (live,) = need.live
        yield from _of_served(board, need, board.assignments[live], rules, ground)
    elif need.state is NeedState.ELSEWHERE and need.neighbour is not None:
        yield Call(need.neighbour.heard_at + rules.neighbour_silent_s, "neighbour_silent")


def _of_served(board: Board, need: Need, assignment: Assignment, rules: Rules, ground: Ground) -> Iterator[Call]:
    """What a unit that has accepted must do or say in time.

    A patrol that is with her, wherever that is, says now and then that it is well. Who helps by telephone need not
    set off. Who has left with her is expected nowhere. Where a withheld unit is, or a shelter's vehicle, nobody is
    told, so neither is seen to stop. Everybody else says something now and then.
    """
    stamps, patrol = assignment.stamps, need.institution is Institution.POLICE
    has_left = not _LEFT.isdisjoint(stamps)
    if patrol and (need.state is NeedState.ON_SCENE or has_left or "contact" in stamps):
        yield Call(assignment.heard_at + rules.welfare_s, "welfare")
    elif need.state is NeedState.ACCEPTED and "contact" not in stamps:
        within_s = rules.turnout_within_s.get(need.institution)
        if within_s is not None:
            # Counted from the last word of the unit: one that has just said that it is well is not called missing.
            yield Call(assignment.heard_at + within_s, "not_under_way")
    elif need.state is NeedState.EN_ROUTE and not has_left:
        if assignment.arrive_by is not None:
            yield Call(assignment.arrive_by, "overdue")
        if need.institution is not Institution.SHELTER and not board.units[assignment.unit].withheld:
            yield Call(_frozen_at(assignment, rules, ground), "frozen")
    yield Call(assignment.heard_at + rules.quiet_s, "quiet")


def _frozen_at(assignment: Assignment, rules: Rules, ground: Ground) -> float:
    """When a unit on its way has not moved for so long; setting off counts as having moved."""
    set_off_at, moved_at = assignment.stamps["en_route"], ground.moved_at(assignment.unit)
    return (set_off_at if moved_at is None else max(set_off_at, moved_at)) + rules.frozen_after_s
