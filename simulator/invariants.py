"""What must be true after every command of every night, looked at from outside the core.

Nothing here asks the core's own tests (`bars`, `offer_deadline`, …): a mistake there must not hide itself.
"""

from dataclasses import fields

from app.dispatch.events import Offered
from app.dispatch.evolve import board_of, evolve
from app.dispatch.model import SERVED, Alert, Assignment, Board, Level, Need, NeedState, Unit, UnitState
from simulator.engine import Engine

OVER = frozenset({NeedState.DONE, NeedState.CALLED_OFF})
LEVELS = [Level.STANDARD, Level.HIGH, Level.EXTREME]

REBUILT_EVERY = 20
"""Looks from one rebuilding of the whole board to the next; it costs as much as all the rest together."""


class Broken(AssertionError):
    """Something that must always be true is not."""


class Watch:
    """Looks at an engine after every command. Raises Broken.

    The fold is checked one step at a time: what the new entries make of the last board looked at. That board was
    equal to the fold of the log then, so by induction this one is now; `refold` begins from nothing.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._empty = self._folded = engine.board
        self._entries = self._looks = 0
        self._levels: dict[str, Level] = {}

    def look(self) -> None:
        """Everything that must be true now."""
        board, at = self._engine.board, self._engine.at
        self._look_at_log(board)
        for unit in board.units.values():
            _look_at_unit(board, unit)
        for assignment in board.assignments.values():
            _look_at_assignment(board, assignment, at)
        for alert in board.alerts.values():
            self._look_at_level(alert)
            for need in alert.needs:
                _look_at_need(board, alert, need, at)
        _look_at_indexes(board)
        self._looks += 1
        if self._looks % REBUILT_EVERY == 0:
            _same(rebuilt(board), board, "the board put together from its parts")

    def refold(self) -> None:
        """The fold of the whole log, from an empty board, is the board."""
        board = self._empty
        for entry in self._engine.log:
            board = evolve(board, entry.event, entry.at)
        _same(board, self._engine.board, "the fold of the whole log")
        _same(rebuilt(board), board, "the board put together from its parts at the end")

    def _look_at_log(self, board: Board) -> None:
        for entry in self._engine.log[self._entries :]:
            self._entries += 1
            if entry.seq != self._entries:
                raise Broken(f"entry {self._entries} has the number {entry.seq}")
            if isinstance(entry.event, Offered) and entry.event.why.rule == "nearest":
                _look_at_offer(self._folded, entry.event, entry.at, self._engine.rules.ask_again_after_s)
            self._folded = evolve(self._folded, entry.event, entry.at)
        _same(self._folded, board, "the fold of the log")
        self._folded = board

    def _look_at_level(self, alert: Alert) -> None:
        before = self._levels.get(alert.id, Level.STANDARD)
        if LEVELS.index(alert.level) < LEVELS.index(before):
            raise Broken(f"the level of {alert.folio} falls from {before} to {alert.level}")
        self._levels[alert.id] = alert.level


def _look_at_offer(before: Board, offer: Offered, at: float, rest_s: float) -> None:
    """The policy asks nobody who lacks something, and nobody again who has not had its rest."""
    unit, need = before.units[offer.unit], before.alerts[offer.alert].need(offer.need)
    if need is None or unit.institution is not need.institution or set(need.requires) - unit.capabilities:
        raise Broken(f"{unit.code} is asked for {offer.need} and cannot give it")
    asked_at = need.asked.get(unit.code)
    if asked_at is not None and at < asked_at + rest_s:
        raise Broken(f"{unit.code} is asked again for {offer.need} too soon")


def _look_at_unit(board: Board, unit: Unit) -> None:
    """Every slot that is held or busy has one assignment and every assignment one such slot."""
    taken = [n for n, state in enumerate(unit.slots) if state is UnitState.HELD or state is UnitState.BUSY]
    if sorted(unit.held.values()) != taken:
        raise Broken(f"{unit.code} holds slots {sorted(unit.held.values())}, and {taken} are taken")
    for live in unit.held:
        if live not in board.assignments or board.assignments[live].unit != unit.code:
            raise Broken(f"{unit.code} and {live} do not name each other")
    if UnitState.OFF_DUTY in unit.slots and len(set(unit.slots)) != 1:
        raise Broken(f"{unit.code} is half on duty")


def _look_at_assignment(board: Board, assignment: Assignment, at: float) -> None:
    """It names its unit and its need and they name it; its unit is not kept out; its deadline has not passed."""
    unit, alert = board.units[assignment.unit], board.alerts[assignment.alert]
    need = alert.need(assignment.need)
    if unit.held.get(assignment.id) != assignment.slot:
        raise Broken(f"{unit.code} does not name what it holds of {alert.folio}")
    if need is None or assignment.id not in need.live or need.state is not assignment.state:
        raise Broken(f"{alert.folio} {assignment.need} does not say what its assignment says")
    out = alert.keep_out
    if unit.code in out.units or unit.agency in out.agencies or not out.crew.isdisjoint(unit.crew):
        raise Broken(f"{unit.code} is kept out of {alert.folio} and holds it")
    if assignment.state is NeedState.OFFERED:
        deadline = assignment.answer_by if "seen" in assignment.stamps else assignment.seen_by
        if deadline < at:
            raise Broken(f"an offer of {alert.folio} outlives its deadline by {at - deadline:.1f} s")


def _look_at_need(board: Board, alert: Alert, need: Need, at: float) -> None:
    """Somebody has it, or it waits for a named second with a human called."""
    if need.state in OVER:
        holds = not need.live and need.alarm is None
    elif need.state is NeedState.STUCK:
        holds = not need.live and need.alarm is not None and need.retry_at is not None and need.retry_at >= at
    else:
        holds = need.state is not NeedState.SEARCHING and len(need.live) == 1 and need.live[0] in board.assignments
    if not holds:
        raise Broken(f"nobody and nothing moves {alert.folio} on, or it is not let go: {need}")


def _look_at_indexes(board: Board) -> None:
    """They repeat what the rest of the board says."""
    units = board.units.values()
    duty = {(unit.institution, unit.code) for unit in units if UnitState.OFF_DUTY not in unit.slots}
    idle = {(unit.institution, unit.code) for unit in units if UnitState.FREE in unit.slots}
    rests = {(alert.id, need.key) for alert, need in board.open_needs() if not need.live}
    if duty != {(kind, code) for kind, codes in board.duty.items() for code in codes}:
        raise Broken("the index of units on duty is wrong")
    if idle != {(kind, code) for kind, codes in board.idle.items() for code in codes}:
        raise Broken("the index of units with a free slot is wrong")
    if rests != set(board.waiting):
        raise Broken("the index of needs that rest with nobody is wrong")


def look_at_the_end(board: Board) -> None:
    """When nobody misbehaves any more, every need is served, over, or stands stuck with a human called."""
    for alert, need in board.open_needs():
        # Somebody may have become free, and been asked, a moment before the end.
        at_rest = need.state in SERVED or need.state is NeedState.OFFERED
        if not at_rest and (need.state is not NeedState.STUCK or need.alarm is None):
            raise Broken(f"{alert.folio} {need.key} ends {need.state}")


def rebuilt(board: Board) -> Board:
    """The board put together from what a store keeps of it."""
    return board_of(
        center=board.center,
        prefix=board.prefix,
        seq=board.seq,
        at=board.at,
        folios=board.folios,
        alerts=board.alerts,
        assignments=board.assignments,
        units=board.units,
    )


def _same(one: Board, other: Board, what: str) -> None:
    if one != other:
        differ = [field.name for field in fields(Board) if getattr(one, field.name) != getattr(other, field.name)]
        raise Broken(f"{what} is not the board: {', '.join(differ)}")
