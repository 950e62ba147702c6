"""A better unit later: for a gain worth naming, before anybody has set off, and never to and fro.

Both searches only find; `matching` states what follows. Neither touches a need twice within `change_min_s`, nor
ever twice in one command, so what one command changes in this way ends after as many steps as there are needs. And
a need is only ever left for one of a higher level: nobody takes back what was taken.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from .model import Alert, AlertState, Assignment, Board, Institution, Level, Need, NeedState, Unit
from .policy import Candidate, Choice, Ground, chosen, reason_against, weighed
from .rules import Rules

LOOKED_AT = 50
"""How many that may give way are looked at; `rules.shortlist` of them are compared by road."""

_NOT_SENT = frozenset({NeedState.OFFERED, NeedState.ACCEPTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A unit is to be asked for a need, and somebody gives way: that assignment ends for `reason`."""

    alert: Alert
    need: Need
    choice: Choice
    gives_way: Assignment
    reason: str


def nearer_unit(board: Board, unit: Unit, rules: Rules, ground: Ground, at: float) -> Change | None:
    """The need that gains most if this free unit takes it over; None where none gains `reassign_gain_s`.

    1. Of the needs whose unit is not on its way, those whose way was the longest.
    2. Of these, those to which this unit is nearer in a straight line, by the metres it is nearer.
    3. By road, and with its penalties, it must still be nearer by the gain than the other is now.
    """
    if unit.institution is Institution.SHELTER or unit.free_slot is None:
        return None
    nearer = []
    for live in _longest_ways(board, unit.institution, rules, at):
        assignment = board.assignments[live]
        alert, need = _named(board, assignment)
        if need.state is NeedState.OFFERED_TWICE or reason_against(alert, need, unit, rules, ground, at):
            continue
        both = {unit.code: None, assignment.unit: None}
        near = {near.unit: near for near in ground.near(alert.id, both, at - rules.fix_age_max_s)}
        if len(near) == len(both):
            metres = near[assignment.unit].distance_m - near[unit.code].distance_m
            nearer.append((-metres, assignment.id, near[unit.code]))
    best: tuple[float, str, Candidate] | None = None
    for metres, live, near_unit in sorted(nearer, key=lambda item: item[:2])[: rules.shortlist]:
        assignment = board.assignments[live]
        alert, need = _named(board, assignment)
        if metres >= 0:
            break
        (candidate,) = weighed(board, alert, need, rules, ground, at, [near_unit])
        (present,) = ground.travel(alert.id, [assignment.unit], need.institution, at)
        gain = present.seconds - candidate.cost_s
        if gain >= rules.reassign_gain_s and (best is None or (-gain, live) < best[:2]):
            best = (-gain, live, candidate)
    if best is None:
        return None
    gives_way = board.assignments[best[1]]
    alert, need = _named(board, gives_way)
    choice = chosen(board, alert, need, rules, ground, at, best[2], rule="nearer_unit", gain_s=-best[0])
    return Change(alert=alert, need=need, choice=choice, gives_way=gives_way, reason="nearer_unit")


def from_lower(
    board: Board, alert: Alert, need: Need, than_s: float | None, rules: Rules, ground: Ground, at: float
) -> Change | None:
    """Whom to take from a lower level for this need, and what that unit holds now.

    `than_s` is what the best free unit costs: then the other must be nearer by `take_gain_s`. None: there is no
    free one, and anybody is better. A unit that a person has named stays where it was sent.
    """
    if alert.level is Level.STANDARD or need.institution is Institution.SHELTER:
        return None
    if than_s is not None and than_s < rules.take_gain_s:
        return None
    walk = ground.near(alert.id, board.unsent.get(need.institution, {}), at - rules.fix_age_max_s)
    found, takes = [], dict[str, Assignment]()
    for near in islice(walk, LOOKED_AT):
        unit = board.units[near.unit]
        lower = [
            assignment
            for assignment, other, _ in _may_give_way(board, unit, rules, at)
            if other.level.rank < alert.level.rank
        ]
        fits = unit.free_slot is None and reason_against(alert, need, unit, rules, ground, at, held=True) is None
        if lower and fits:
            takes[unit.code] = min(lower, key=lambda assignment: assignment.id)
            found.append(near)
        if len(found) == rules.shortlist:
            break
    weighing = weighed(board, alert, need, rules, ground, at, found)
    if not weighing:
        return None
    best = weighing[0]
    gain = None if than_s is None else than_s - best.cost_s
    if gain is not None and gain < rules.take_gain_s:
        return None
    choice = chosen(board, alert, need, rules, ground, at, best, rule="higher_level", gain_s=gain)
    return Change(alert=alert, need=need, choice=choice, gives_way=takes[best.unit], reason="higher_level")


def _may_give_way(board: Board, unit: Unit, rules: Rules, at: float) -> Iterator[tuple[Assignment, Alert, Need]]:
    """What the unit holds, is not on its way to, and may lose to a better match now."""
    for live in unit.held:
        assignment = board.assignments[live]
        if _may_lose(board, assignment, rules, at):
            yield assignment, *_named(board, assignment)


def _may_lose(board: Board, assignment: Assignment, rules: Rules, at: float) -> bool:
    if assignment.state not in _NOT_SENT or assignment.why.rule == "by_hand":
        return False
    alert, need = _named(board, assignment)
    changed_at = need.changed_at
    changed = changed_at is not None and (changed_at == at or at < changed_at + rules.change_min_s)
    return alert.state is AlertState.OPEN and not changed


def _longest_ways(board: Board, institution: Institution, rules: Rules, at: float) -> list[str]:
    """Assignments whose unit may give way, the longest way first; a way shorter than the gain has none to give."""
    may_lose = (
        live
        for live in _by_length(board, institution, rules.reassign_gain_s)
        if _may_lose(board, board.assignments[live], rules, at)
    )
    return list(islice(may_lose, LOOKED_AT))


def _by_length(board: Board, institution: Institution, at_least_s: float) -> Iterator[str]:
    """Assignments with so long a way or longer, the longest first, ties by id; read as far as somebody asks."""
    for step in sorted((step for of, step in board.ways if of is institution), reverse=True):
        for way_s, live in sorted((-way_s, live) for live, way_s in board.ways[institution, step].items()):
            if -way_s < at_least_s:
                return
            yield live


def _named(board: Board, assignment: Assignment) -> tuple[Alert, Need]:
    alert = board.alerts[assignment.alert]
    return alert, next(need for need in alert.needs if need.key == assignment.need)
