"""What holds for every command: all or nothing, time goes forward, the board is the fold of its events."""

import pytest

from app.dispatch import commands as c
from app.dispatch.decide import _HANDLERS, decide
from app.dispatch.evolve import evolve
from app.dispatch.indexes import board_of
from app.dispatch.model import UNACCEPTED, Board
from app.dispatch.rules import Rules
from tests.builders import PROSECUTOR, SHELTER, START, Evening, FlatGround, a_board, a_unit, an_alert

UNITS = (a_unit("P1"), a_unit("P2"), a_unit("F1", PROSECUTOR), a_unit("S1", SHELTER, capacity=2))


def a_busy_evening() -> Evening:
    evening = Evening(*UNITS)
    for alert in ("A1", "A2", "A3"):
        evening.at += 1
        evening.perform(c.RaiseAlert(id=alert, by="operator", zone="centro"))
    evening.accepts("P1")
    evening.says("F1", c.Decline, reason="in court")
    evening.goes(50)
    return evening


def test_the_board_after_a_command_is_the_fold_of_its_events() -> None:
    board = a_board(*UNITS)
    decision = decide(board, an_alert("A1", SHELTER), START, Rules(), FlatGround())
    for event in decision.events:
        board = evolve(board, event, START)
    assert board == decision.board
    assert board.seq == decision.receipt.seq


def test_a_board_put_together_from_its_parts_is_the_board() -> None:
    board = a_busy_evening().board
    assert board == board_of(
        center=board.center,
        prefix=board.prefix,
        seq=board.seq,
        at=board.at,
        folios=board.folios,
        alerts=board.alerts,
        assignments=board.assignments,
        units=board.units,
    )


def test_when_everybody_has_gone_home_the_indexes_are_empty() -> None:
    evening = Evening(a_unit("P1"))
    evening.ask(c.EndDuty, unit="P1")
    assert (len(evening.board.duty), len(evening.board.idle), len(evening.board.waiting)) == (0, 0, 0)


def test_a_refused_command_changes_nothing() -> None:
    evening = a_busy_evening()
    before = evening.board
    with pytest.raises(c.Refusal):
        # The first unit of the list is news; the list is refused for what stands on duty and not in it.
        evening.ask(c.ListUnits, units=(a_unit("P0"),))
    assert evening.board is before


def test_time_never_runs_backwards_whatever_a_clock_says() -> None:
    board = a_board(*UNITS)
    decision = decide(board, an_alert(), START - 500, Rules(), FlatGround())
    assert decision.receipt.at == START
    assert decision.board.alerts["A1"].raised_at == START


def test_after_every_command_no_need_rests_with_nobody_unless_a_human_is_called() -> None:
    evening = a_busy_evening()
    for _, need in evening.board.open_needs():
        if need.state in UNACCEPTED:
            assert need.live or (need.retry_at is not None and need.alarm is not None)


def test_a_command_that_is_no_news_states_no_event() -> None:
    evening = a_busy_evening()
    seq = evening.board.seq
    assert evening.ask(c.HearUnit, unit="P1").events == ()
    assert evening.board.seq == seq


def test_every_command_has_somebody_who_performs_it() -> None:
    def leaves(kind: type[c.Command]) -> set[str]:
        below = {name for child in kind.__subclasses__() for name in leaves(child)}
        return below or {kind.__name__}

    groups = {"AlertCommand", "NeedCommand", "AssignmentCommand", "UnitCommand", "Command"}
    assert leaves(c.Command) - groups == {kind.__name__ for kind in _HANDLERS}


def test_an_empty_board_has_nobody_to_ask() -> None:
    decision = decide(Board(center="test"), an_alert(), START, Rules(), FlatGround())
    assert [type(event).__name__ for event in decision.events] == [
        "AlertRaised",
        "NeedAdded",
        "NeedStuck",
        "AlarmRaised",
    ]
