"""What must be true after every command of every night, looked at from outside the core.

Nothing here asks the core's own tests (`bars`, `offer_deadline`, …): a mistake there must not hide itself. After a
command only what its events touched is looked at; now and then everything is.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import fields

from app.dispatch import commands as c
from app.dispatch.events import AlertEvent, AssignmentEvent, Entry, UnitEvent
from app.dispatch.evolve import evolve
from app.dispatch.indexes import board_of
from app.dispatch.model import (
    SERVED,
    Alert,
    AlertState,
    Assignment,
    Board,
    Institution,
    Level,
    Need,
    NeedState,
    Unit,
    UnitState,
)
from simulator.engine import Engine
from simulator.obligations import Obligations
from simulator.places import Places
from simulator.promises import Broken, Promises
from simulator.world import World

OVER = frozenset({NeedState.DONE, NeedState.CALLED_OFF})
RESTS = frozenset({NeedState.SEARCHING, NeedState.STUCK})
OFFERED = {NeedState.OFFERED: 1, NeedState.OFFERED_TWICE: 2}
TAKEN = frozenset({UnitState.HELD, UnitState.BUSY})

FULL_EVERY = 100
"""Looks from one look at everything to the next; it costs as much as all the rest together."""


class Watch:
    """Looks at an engine after every command. Raises Broken.

    The fold is checked one step at a time: what the new entries make of the last board looked at. That board was
    equal to the fold of the log then, so by induction this one is now; `refold` begins from nothing.
    """

    def __init__(self, engine: Engine[World]) -> None:
        self._engine = engine
        self._empty = self._folded = engine.board
        self._looks = 0
        self._promises = Promises(engine.rules, engine.world)
        self._places = Places()
        self._obligations = Obligations(engine)

    def look(self, command: c.Command, entries: list[Entry]) -> None:
        """Everything that must be true now."""
        board, before = self._engine.board, self._folded
        for entry in entries:
            if entry.seq != self._folded.seq + 1:
                raise Broken(f"entry {self._folded.seq + 1} has the number {entry.seq}")
            self._promises.keep(self._folded, command, entry)
            self._places.keep(self._folded, entry.event, entry.at)
            self._folded = evolve(self._folded, entry.event, entry.at)
        _same(self._folded, board, "the fold of the log")
        self._folded = board
        events = [entry.event for entry in entries]
        alerts = {event.alert for event in events if isinstance(event, AlertEvent)}
        units = {event.unit for event in events if isinstance(event, UnitEvent | AssignmentEvent)}
        self._looks += 1
        if self._looks % FULL_EVERY == 0:
            self._look_at_everything()
        else:
            self._look_at(board, alerts, units)
        self._promises.after(before, board, command, alerts)
        self._places.after(before, board, command)
        self._obligations.renew(alerts)

    def settled(self) -> None:
        """Nothing is left undone at its time."""
        self._obligations.check()

    def refold(self) -> None:
        """The fold of the whole log, from an empty board, is the board."""
        board = self._empty
        for entry in self._engine.log:
            board = evolve(board, entry.event, entry.at)
        _same(board, self._engine.board, "the fold of the whole log")
        self._look_at_everything()
        self._promises.at_the_end(self._engine.board)

    def _look_at_everything(self) -> None:
        board = self._engine.board
        self._look_at(board, set(board.alerts), set(board.units))
        for one in board.assignments.values():
            if one.id not in board.units[one.unit].held:
                raise Broken(f"{one.unit} does not name what it holds")
        _same(rebuilt(board), board, "the board put together from its parts")
        _look_at_indexes(board)

    def _look_at(self, board: Board, alerts: Iterable[str], units: Iterable[str]) -> None:
        """These alerts with who works for them, these units with what they hold, and the indexes about them."""
        for ref in sorted(alerts):
            alert = board.alerts.get(ref)
            if alert is None:
                _look_for_traces(board, ref)
                continue
            for need in alert.needs:
                _look_at_need(board, alert, need)
            _look_at_household(board, alert)
        for code in sorted(units):
            unit = board.units.get(code)
            if unit is not None:
                _look_at_unit(board, unit)
                for live in unit.held:
                    _look_at_assignment(board, board.assignments[live])


def folded(name: str) -> str:
    """A name as it is compared: no case, no accents."""
    signs = unicodedata.normalize("NFKD", name.casefold())
    return "".join(sign for sign in signs if not unicodedata.combining(sign))


def _look_at_unit(board: Board, unit: Unit) -> None:
    """Every slot that is held or busy has one assignment and every assignment one such slot; none is lost."""
    taken = [n for n, state in enumerate(unit.slots) if state in TAKEN]
    if sorted(unit.held.values()) != taken:
        raise Broken(f"{unit.code} holds slots {sorted(unit.held.values())}, and {taken} are taken")
    for live in unit.held:
        if live not in board.assignments or board.assignments[live].unit != unit.code:
            raise Broken(f"{unit.code} and {live} do not name each other")
    states = set(unit.slots)
    if UnitState.OFF_DUTY in states and (unit.on_duty or states - {UnitState.OFF_DUTY, UnitState.OCCUPIED}):
        raise Broken(f"{unit.code} is half on duty")
    if UnitState.UNREACHABLE in states and UnitState.FREE in states:
        raise Broken(f"{unit.code} is lost and has a place free")
    if UnitState.OCCUPIED in states and unit.institution is not Institution.SHELTER:
        raise Broken(f"somebody lives in {unit.code}")


def _look_at_assignment(board: Board, one: Assignment) -> None:
    """It names its unit and its need and they name it; its unit is not kept out; it stands as its slot does."""
    unit, alert = board.units[one.unit], board.alerts[one.alert]
    need = alert.need(one.need)
    if unit.held.get(one.id) != one.slot:
        raise Broken(f"{unit.code} does not name what it holds of {alert.folio}")
    if need is None or one.id not in need.live:
        raise Broken(f"{alert.folio} {one.need} does not say what its assignment says")
    accepted = one.state is not NeedState.OFFERED
    if one.state is not (NeedState.OFFERED if need.state in OFFERED else need.state):
        raise Broken(f"{alert.folio} {one.need} is {need.state}, its assignment {one.state}")
    if unit.slots[one.slot] is not (UnitState.BUSY if accepted else UnitState.HELD):
        raise Broken(f"the slot of {unit.code} is {unit.slots[one.slot]}, what it holds {one.state}")
    if unit.institution is not need.institution:
        raise Broken(f"{unit.code} is no {need.institution}")
    out = alert.keep_out
    agencies = {folded(agency) for agency in out.agencies}
    if unit.code in out.units or folded(unit.agency) in agencies or not out.crew.isdisjoint(unit.crew):
        raise Broken(f"{unit.code} is kept out of {alert.folio} and holds it")


def _look_at_need(board: Board, alert: Alert, need: Need) -> None:
    """Somebody has it, or it waits for a named second with a human called, or the center next door has it."""
    live = [board.assignments.get(one) for one in need.live]
    held = all(one is not None and one.alert == alert.id and one.need == need.key for one in live)
    if need.state in OVER:
        holds = not live and need.alarm is None
    elif need.state is NeedState.STUCK:
        holds = not live and need.alarm is not None and need.retry_at is not None
    elif need.state is NeedState.ELSEWHERE:
        holds = not live and need.neighbour is not None
    elif need.state in OFFERED:
        holds = held and len(live) == OFFERED[need.state] and len({one.unit for one in live if one}) == len(live)
    else:
        holds = held and need.state in SERVED and len(live) == 1
    if not holds:
        raise Broken(f"nobody and nothing moves {alert.folio} on, or it is not let go: {need}")
    if need.state is NeedState.OFFERED_TWICE and need.institution is Institution.SHELTER:
        raise Broken(f"two shelters keep a place for {alert.folio}")
    for one in live:
        if one is not None:
            _look_at_assignment(board, one)
    ref = (alert.id, need.key)
    thin = need.state is NeedState.OFFERED and alert.level is Level.EXTREME
    if (need.state in RESTS) is not (ref in board.waiting) or thin is not (ref in board.thin):
        raise Broken(f"an index is wrong about {alert.folio} {need.key}")


def _look_at_household(board: Board, alert: Alert) -> None:
    for name in alert.household:
        known = board.households.get(name)
        if alert.state is AlertState.OPEN and known != alert.id:
            raise Broken(f"the index of households is wrong about {alert.folio}")
        if alert.state is not AlertState.OPEN and known == alert.id:
            raise Broken(f"the index of households has {alert.folio}, which is over")


def _look_for_traces(board: Board, ref: str) -> None:
    """An alert that is gone leaves nothing behind."""
    indexed = any(alert == ref for alert, _ in (*board.waiting, *board.thin))
    if indexed or any(one.alert == ref for one in board.assignments.values()):
        raise Broken(f"alert {ref} is over and something of it stays")


def _look_at_indexes(board: Board) -> None:
    """They repeat what the rest of the board says, and nothing more."""
    units = board.units.values()
    duty = {(unit.institution, unit.code) for unit in units if unit.on_duty}
    idle = {(unit.institution, unit.code) for unit in units if UnitState.FREE in unit.slots}
    needs = [(alert, need) for alert in board.alerts.values() for need in alert.needs]
    rests = {(alert.id, need.key) for alert, need in needs if need.state in RESTS}
    thin = {
        (alert.id, need.key)
        for alert, need in needs
        if need.state is NeedState.OFFERED and alert.level is Level.EXTREME
    }
    houses = {
        n: alert.id for alert in board.alerts.values() if alert.state is AlertState.OPEN for n in alert.household
    }
    if duty != {(kind, code) for kind, codes in board.duty.items() for code in codes}:
        raise Broken("the index of units on duty is wrong")
    if idle != {(kind, code) for kind, codes in board.idle.items() for code in codes}:
        raise Broken("the index of units with a free slot is wrong")
    if rests != set(board.waiting) or thin != set(board.thin):
        raise Broken("the index of needs that wait is wrong")
    if houses != dict(board.households.items()):
        raise Broken("the index of households is wrong")


def look_at_the_end(board: Board) -> None:
    """When everybody behaves, every alert is closed, or stands with a person who has taken notice."""
    for alert in board.alerts.values():
        for need in alert.needs:
            if need.state in OVER or need.state in SERVED:
                continue
            if need.alarm is None or not need.alarm.acknowledged_by:
                raise Broken(f"{alert.folio} {need.key} ends {need.state} and no person knows")


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
