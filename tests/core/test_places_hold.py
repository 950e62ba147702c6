"""Whatever is said in whatever order, places, holds and transports keep what they promise."""

from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.dispatch import commands as c
from app.dispatch.model import OVER, SERVED, UNACCEPTED, AlertState, Board, UnitState
from app.dispatch.of_places import destination, kept_places, one_case, transporter
from app.dispatch.telling import only_transport
from tests.builders import POLICE, SHELTER, Evening, a_unit, an_alert

UNITS = (
    a_unit("P1"),
    a_unit("P2"),
    a_unit("S1", SHELTER, capacity=2),
    a_unit("S2", SHELTER, capabilities=("vehicle",)),
)
CAPACITY = {facts.code: facts.capacity for facts in UNITS}
WORDS: tuple[tuple[type[c.Command], dict[str, Any]], ...] = (
    *((c.Accept, {}), (c.GoEnRoute, {}), (c.ArriveOnScene, {}), (c.Depart, {}), (c.ReachSafety, {})),
    *((c.Finish, {}), (c.ExtendHold, {}), (c.Withdraw, {"reason": "full"}), (c.Decline, {"reason": "full"})),
)
"""What a unit may say of what it holds."""


def possible(evening: Evening) -> Iterator[tuple[type[c.Command], dict[str, Any]]]:
    """What could be asked next; much of it is refused."""
    board = evening.board
    for assignment in board.assignments.values():
        yield c.ExpireHold, {"assignment": assignment.id}
        for kind, fields in WORDS:
            yield kind, {"assignment": assignment.id, "unit": assignment.unit, **fields}
    for alert in board.alerts.values():
        yield c.CloseAlert, {"alert": alert.id, "disposition": "attended", "safe": "yes"}
        yield c.AddNeed, {"alert": alert.id, "wanted": c.NeedWanted(institution=SHELTER)}
        for other in board.alerts:
            yield c.MergeAlerts, {"alert": alert.id, "into": other}
        for need in alert.needs:
            yield c.CallOffNeed, {"alert": alert.id, "need": need.key, "reason": "not_wanted"}
            yield c.Recall, {"alert": alert.id, "need": need.key, "reason": "another"}
    for code in CAPACITY:
        yield c.LoseUnit, {"unit": code}
        yield c.HearUnit, {"unit": code}
        yield from ((c.SetPlaces, {"unit": code, "free": free}) for free in range(3))


def moments(evening: Evening) -> list[float]:
    """Now, a little later, and when the next place has been kept long enough."""
    holds = [a.hold_until for a in evening.board.assignments.values() if a.hold_until is not None]
    return [evening.at, evening.at + 10, min((hold for hold in holds if hold > evening.at), default=evening.at)]


def look(board: Board) -> None:
    """Every promise of this page."""
    for code, capacity in CAPACITY.items():
        unit = board.units[code]
        taken = [slot for slot, state in enumerate(unit.slots) if state in {UnitState.HELD, UnitState.BUSY}]
        assert len(unit.slots) == capacity
        assert sorted(unit.held.values()) == taken
    for alert in board.alerts.values():
        case = one_case(board, alert)
        transports = [need for each in case for need in each.needs if need.transport]
        if not kept_places(board, case) and case[0].state is AlertState.OPEN:
            assert not [need for need in transports if only_transport(need) and need.state in UNACCEPTED]
        assert sum(only_transport(need) and need.state in UNACCEPTED for need in transports) <= 1
        carrier = transporter(board, alert.id)
        if carrier is not None:
            place = destination(board, alert.id)
            assert place is not None
            assert place.state in SERVED
            assert "safe" not in {*place.stamps, *carrier.stamps}
            assert carrier.need in {need.key for need in alert.needs if need.transport and need.state not in OVER}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 10_000)), min_size=20, max_size=60))
def test_places_holds_and_transports_keep_what_they_promise(choices: list[tuple[int, int]]) -> None:
    evening = Evening(*UNITS)
    evening.perform(an_alert("A1", POLICE, SHELTER))
    evening.perform(an_alert("A2", SHELTER))
    for moment, which in choices:
        evening.at = moments(evening)[moment]
        asked = list(possible(evening))
        kind, fields = asked[which % len(asked)]
        try:
            evening.ask(kind, **fields)
        except c.Refusal:
            continue
        look(evening.board)
