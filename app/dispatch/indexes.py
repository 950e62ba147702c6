"""What a board says otherwise with a value put back on it, and with it the indexes that repeat what it says."""

from collections.abc import Iterator, Mapping
from typing import TypedDict

from immutables import Map

from .changing import replace
from .commands import BrokenRule
from .model import (
    OVER,
    UNACCEPTED,
    WAY_STEP_S,
    Alert,
    AlertState,
    Assignment,
    Board,
    Institution,
    Level,
    Need,
    NeedRef,
    NeedState,
    Unit,
    UnitState,
    Way,
)

_WAITING = frozenset({NeedState.SEARCHING, NeedState.STUCK})


class Changes(TypedDict, total=False):
    """The fields of a board that are to be others."""

    folios: int
    alerts: Map[str, Alert]
    assignments: Map[str, Assignment]
    units: Map[str, Unit]
    duty: Map[Institution, Map[str, None]]
    idle: Map[Institution, Map[str, None]]
    able: Map[tuple[Institution, str], Map[str, None]]
    away: Map[Institution, Map[str, None]]
    unsent: Map[Institution, Map[str, tuple[Way, ...]]]
    ways: Map[tuple[Institution, int], Map[str, float]]
    waiting: Map[NeedRef, None]
    thin: Map[NeedRef, None]
    households: Map[str, str]


def with_need(board: Board, alert: Alert, need: Need, at: float) -> Changes:
    """What the board says otherwise with this need in its alert, from `at` on."""
    needs = tuple(need if need.key == other.key else other for other in alert.needs)
    return with_alert(board, replace(alert, needs=needs), at)


def with_alert(board: Board, alert: Alert, at: float) -> Changes:
    """Keep the alert while it is open or somebody still works on it; raises BrokenRule if it ends too early."""
    alert = _at_rest(alert, at)
    waiting, thin = board.waiting, board.thin
    for need in alert.needs:
        ref = (alert.id, need.key)
        waiting = _has(waiting, ref, need.state in _WAITING)
        thin = _has(thin, ref, need.state is NeedState.OFFERED and alert.level is Level.EXTREME)
    over = alert.state is not AlertState.OPEN and not any(need.live for need in alert.needs)
    if over and any(need.state in UNACCEPTED for need in alert.needs):
        raise BrokenRule(f"alert {alert.id} ends with a need that nobody has accepted")
    return {
        "alerts": board.alerts.delete(alert.id) if over else board.alerts.set(alert.id, alert),
        "waiting": waiting,
        "thin": thin,
        "households": _households(board.households, alert),
    }


def _at_rest(alert: Alert, at: float) -> Alert:
    """Note since when nobody works on an open alert any more and nobody is looked for."""
    rests = alert.state is AlertState.OPEN and bool(alert.needs) and all(n.state in OVER for n in alert.needs)
    if rests == (alert.at_rest_since is not None):
        return alert
    alarm = alert.alarm if alert.alarm is None or alert.alarm.cause != "not_closed" else None
    return replace(alert, at_rest_since=at if rests else None, alarm=alarm)


def _has(index: Map[NeedRef, None], ref: NeedRef, belongs: bool) -> Map[NeedRef, None]:
    if belongs == (ref in index):
        return index
    return index.set(ref, None) if belongs else index.delete(ref)


def _households(index: Map[str, str], alert: Alert) -> Map[str, str]:
    is_open = alert.state is AlertState.OPEN
    for name in alert.household:
        known = index.get(name)
        if is_open and known is None:
            index = index.set(name, alert.id)
        elif is_open and known != alert.id:
            raise BrokenRule(f"alert {alert.id} is of the same household as {known}, which is open")
        elif not is_open and known == alert.id:
            index = index.delete(name)
    return index


def with_unit(board: Board, unit: Unit, assignments: Map[str, Assignment] | None = None) -> Changes:
    """Keep the unit, and with it every index of units. `assignments`: those that are live now, where others."""
    of, code = unit.institution, unit.code
    is_free = unit.free_slot is not None
    known = board.units.get(code)
    able = board.able
    if known is None or is_free is not (known.free_slot is not None) or known.crew_brings != unit.crew_brings:
        was_able = known.capabilities | known.crew_brings if known else frozenset()
        for capability in was_able | unit.capabilities | unit.crew_brings:
            able = _member(able, (of, capability), code, is_free and unit.has(capability), None)
    live = board.assignments if assignments is None else assignments
    unsent = () if of is Institution.SHELTER else tuple(_unsent(live, unit))
    return {
        "assignments": live,
        "units": board.units.set(code, unit),
        "duty": _member(board.duty, of, code, unit.on_duty, None),
        "idle": _member(board.idle, of, code, is_free, None),
        "able": able,
        "away": _member(board.away, of, code, unit.on_duty and unit.state is UnitState.UNREACHABLE, None),
        "unsent": _member(board.unsent, of, code, bool(unsent), unsent),
        "ways": _ways(board, of, code, unsent),
    }


def _unsent(assignments: Map[str, Assignment], unit: Unit) -> Iterator[Way]:
    for live in sorted(unit.held):
        assignment = assignments[live]
        if assignment.state in {NeedState.OFFERED, NeedState.ACCEPTED}:
            yield assignment.why.travel_s, live


def _ways(
    board: Board, of: Institution, code: str, unsent: tuple[Way, ...]
) -> Map[tuple[Institution, int], Map[str, float]]:
    """The index of ways with those of this unit; how long some are is not known."""
    ways, known = board.ways, board.unsent.get(of, Map()).get(code, ())
    if known != unsent:
        for is_now, each in ((False, known), (True, unsent)):
            for travel_s, live in each:
                if travel_s is not None:
                    ways = _member(ways, (of, int(travel_s // WAY_STEP_S)), live, is_now, travel_s)
    return ways


def _member[K, V](index: Map[K, Map[str, V]], key: K, code: str, belongs: bool, value: V) -> Map[K, Map[str, V]]:
    members = index.get(key, Map())
    known = code in members
    if (not known and not belongs) or (known and belongs and members[code] == value):
        return index
    members = members.set(code, value) if belongs else members.delete(code)
    # An empty row goes, so that a board put together from parts equals the one that was folded.
    return index.set(key, members) if members else index.delete(key)


def board_of(
    *,
    center: str,
    prefix: str,
    seq: int,
    at: float,
    folios: int,
    alerts: Mapping[str, Alert],
    assignments: Mapping[str, Assignment],
    units: Mapping[str, Unit],
) -> Board:
    """A board put together from what a store kept; equals the fold of the log that led there."""
    board = Board(center=center, prefix=prefix, seq=seq, at=at, folios=folios, assignments=Map(assignments))
    for alert in alerts.values():
        board = replace(board, **with_alert(board, alert, at))
    for unit in units.values():
        board = replace(board, **with_unit(board, unit))
    return board
