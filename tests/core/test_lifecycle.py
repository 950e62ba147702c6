"""Every way of the three tables is open, and no other."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from app.dispatch import events as e
from app.dispatch.commands import BrokenRule
from app.dispatch.evolve import evolve
from app.dispatch.lifecycle import ALERT, NEED, UNIT, allows, diagrams, following
from app.dispatch.model import (
    SERVED,
    AlertState,
    Board,
    Institution,
    KeepOut,
    Level,
    NeedState,
    Origin,
    UnitState,
    Why,
    WhyNot,
)
from tests.builders import START, a_board, a_unit

TABLES: dict[str, dict[Any, dict[type[e.Event], Any]]] = {"alert": ALERT, "need": NEED, "unit": UNIT}
PAIRS = [
    pytest.param(machine, state, kind, id=f"{machine}-{state}-{name}")
    for machine, table in TABLES.items()
    for state in table
    for name, kind in sorted(e.KINDS.items())
]
FIELDS: dict[str, Any] = {
    "alert": "A",
    "need": "police",
    "assignment": "A/police/1",
    "unit": "P1",
    "slot": 0,
    "why": Why(rule="nearest"),
    "seen_by": START + 20,
    "answer_by": START + 45,
    "retry_at": START + 30,
    "why_not": WhyNot(),
    "cause": "unseen",
    "by": "supervisor",
    "reason": "test",
    "level": Level.EXTREME,
    "threat": {"weapon_used": "yes"},
    "zone": "norte",
    "zone_how": "inside",
    "keep_out": KeepOut(units=frozenset({"P9"})),
    "note": "n1",
    "disposition": "attended",
    "safe": "yes",
    "folio": "N-1",
    "incident": "30503",
    "received_at": START,
    "institution": Institution.POLICE,
    "capacity": 1,
    "agency": "municipal",
    "origin": Origin(center="next-door", alert="B", need="police", folio="V-1"),
    "center": "next-door",
    "other": "C",
    "state": "offered",
    "call": "call-3",
    "into": "D",
    "zones": frozenset({"norte"}),
    "outcome": "issued",
    "profile": "lap",
    "version": "1",
    "answers": {"strangled": "yes"},
    "points": 1.0,
    "hold_until": START + 7200,
    "member": "ana",
}
SECOND = {"unit": "P2", "assignment": "A/police/2"}
"""Of two that are asked for one need, the second one."""
# Nobody was there, the neighbouring center was asked, and then somebody was found after all.
ASSIGNED = (e.NeedStuck, e.NeighbourAsked, e.Offered, e.Accepted, e.WentEnRoute, e.ArrivedOnScene)
WAY_TO: dict[NeedState, tuple[type[e.Event], ...]] = {
    NeedState.SEARCHING: (),
    NeedState.OFFERED: (*ASSIGNED[:3], e.AlarmRaised),
    NeedState.OFFERED_TWICE: (*ASSIGNED[:3], e.Offered, e.AlarmRaised),
    NeedState.ACCEPTED: (*ASSIGNED[:4], e.AlarmRaised),
    NeedState.EN_ROUTE: (*ASSIGNED[:5], e.AlarmRaised),
    NeedState.ON_SCENE: (*ASSIGNED, e.AlarmRaised),
    NeedState.STUCK: (*ASSIGNED[:2], e.AlarmRaised),
    NeedState.ELSEWHERE: (*ASSIGNED[:2], e.TakenElsewhere, e.AlarmRaised),
    NeedState.DONE: (*ASSIGNED, e.Done),
    NeedState.CALLED_OFF: (e.Offered, e.CalledOff),
}


OF_ALERT: dict[type[e.Event], dict[str, Any]] = {
    e.NeedAdded: {"need": "police-3"},
    e.LevelLowered: {"level": Level.STANDARD},
    e.CallSplit: {"call": "call-2"},
}
"""What some events of an alert need, so that only the table could be against them."""


def an_event(kind: type[e.Event], **others: Any) -> Any:
    values = FIELDS | others
    return kind(**{field.name: values[field.name] for field in fields(kind) if field.name in values})


def fold(board: Board, *events: e.Event) -> Board:
    for event in events:
        board = evolve(board, event, START)
    return board


def with_need(state: NeedState) -> Board:
    """One alert whose one need stands in `state`, a second need that searches, and two units."""
    board = raised()
    for kind in WAY_TO[state]:
        is_second = kind is e.Offered and board.alerts["A"].needs[0].state is NeedState.OFFERED
        board = fold(board, an_event(kind, **(SECOND if is_second else {})))
    return fold(board, an_event(e.NeedAdded, need="police-2"))


def raised() -> Board:
    """One alert with one need, and two units."""
    board = a_board(a_unit("P1"), a_unit("P2"))
    return fold(board, an_event(e.AlertRaised, level=Level.HIGH), an_event(e.NeedAdded))


def with_alert(state: AlertState) -> Board:
    """An alert in `state` with two calls and an alarm; its unit is still on the way, so it stays on the board."""
    board = fold(raised(), an_event(e.CallJoined, call="call-2"), an_event(e.AlertAlarmRaised))
    board = fold(board, *(an_event(kind) for kind in WAY_TO[NeedState.EN_ROUTE]))
    ends = {
        AlertState.CLOSED: e.AlertClosed,
        AlertState.CANCELLED: e.AlertCancelled,
        AlertState.MERGED: e.AlertMerged,
    }
    return fold(board, an_event(ends[state])) if state in ends else board


def with_slot(state: UnitState, kind: type[e.Event]) -> Board:
    """A unit in `state`; if it is held or busy, with a need that has the way `kind` where there is such a need."""
    if state is UnitState.OFF_DUTY:
        return fold(with_need(NeedState.SEARCHING), e.DutyEnded(unit="P1"))
    if state is UnitState.UNREACHABLE:
        return fold(with_need(NeedState.SEARCHING), e.UnitLost(unit="P1"))
    if state is UnitState.OCCUPIED:
        board = fold(with_need(NeedState.SEARCHING), e.PlaceTaken(unit="P1", slot=0))
        return fold(board, e.DutyEnded(unit="P1")) if kind is e.DutyStarted else board
    if state is UnitState.FREE:
        return with_need(NeedState.SEARCHING)
    if state is UnitState.HELD:
        return with_need(NeedState.OFFERED_TWICE if kind is e.Outrun else NeedState.OFFERED)
    served = [need for need in NeedState if need in SERVED and allows(NEED, need, kind)]
    return with_need(served[0] if served else NeedState.EN_ROUTE)


def prepared(machine: str, state: Any, kind: type[e.Event]) -> tuple[Board, e.Event] | None:
    """A board with that machine in that state and an event of that kind; None if the machine does not watch it."""
    if machine == "alert":
        watched = (
            issubclass(kind, e.AlertEvent) and not issubclass(kind, e.NeedEvent) and kind is not e.AlertRaised
        )
        return (with_alert(state), an_event(kind, **OF_ALERT.get(kind, {}))) if watched else None
    if machine == "need":
        others = SECOND if kind is e.Offered and state is NeedState.OFFERED else {}
        return (with_need(state), an_event(kind, **others)) if issubclass(kind, e.NeedEvent) else None
    if kind is e.Offered:
        return with_slot(state, kind), an_event(kind, need="police-2", assignment="A/police-2/1")
    watched = issubclass(kind, e.AssignmentEvent | e.UnitEvent) and kind not in {e.UnitListed, e.UnitRetired}
    return (with_slot(state, kind), an_event(kind)) if watched else None


def state_of(board: Board, machine: str) -> Any:
    if machine == "unit":
        return board.units["P1"].slots[0]
    alert = board.alerts["A"]
    return alert.state if machine == "alert" else alert.needs[0].state


@pytest.mark.parametrize(("machine", "state", "kind"), PAIRS)
def test_a_machine_moves_as_its_table_says_and_in_no_other_way(
    machine: str, state: Any, kind: type[e.Event]
) -> None:
    table = TABLES[machine]
    expected = table[state].get(kind)
    if expected is None:
        with pytest.raises(BrokenRule):
            following(table, state, kind)
    else:
        assert following(table, state, kind) == expected
    ready = prepared(machine, state, kind)
    if ready is None:
        assert expected is None, "a table speaks of an event that its machine does not watch"
        return
    board, event = ready
    before = (board.seq, state_of(board, machine))
    assert before[1] == state
    if expected is None:
        with pytest.raises(BrokenRule):
            evolve(board, event, START)
        assert (board.seq, state_of(board, machine)) == before
    else:
        after = evolve(board, event, START)
        assert (after.seq, state_of(after, machine)) == (board.seq + 1, expected)


def test_the_diagrams_in_the_docs_are_drawn_from_the_tables() -> None:
    page = Path(__file__).parents[2] / "docs" / "lifecycle.md"
    assert page.read_text(encoding="utf-8") == diagrams(), "run `make lifecycle`"


def test_the_log_knows_every_event_by_its_own_name_and_no_group_of_events() -> None:
    assert len(e.KINDS) == 61
    assert all(getattr(e, name) is kind for name, kind in e.KINDS.items())
    assert not {"AlertEvent", "NeedEvent", "AssignmentEvent", "UnitEvent"} & e.KINDS.keys()


def test_a_unit_on_duty_cannot_be_listed_anew_or_retire() -> None:
    board = a_board(a_unit())
    for event in (an_event(e.UnitListed), an_event(e.UnitRetired)):
        with pytest.raises(BrokenRule):
            evolve(board, event, START)


def test_the_log_never_runs_backwards() -> None:
    with pytest.raises(BrokenRule, match="backwards"):
        evolve(a_board(a_unit()), an_event(e.UnitLost), START - 1)
