"""What holds for every command: all or nothing, time goes forward, the board is the fold of its events."""

from dataclasses import replace

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.decide import _HANDLERS, decide
from app.dispatch.evolve import evolve
from app.dispatch.indexes import board_of
from app.dispatch.model import UNACCEPTED, Board, Level
from app.dispatch.rules import Rules
from tests.builders import POLICE, PROSECUTOR, SHELTER, START, Evening, FlatGround, a_board, a_unit, an_alert

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
    board = replace(a_busy_evening().board, prefix="S")
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


def test_an_open_need_is_one_that_is_neither_done_nor_called_off() -> None:
    evening = Evening(a_unit("P1"), a_unit("F1", PROSECUTOR))
    evening.perform(an_alert("A1", POLICE, PROSECUTOR, SHELTER))
    evening.ask(c.CallOffNeed, alert="A1", need="police", reason="not_needed")
    evening.accepts("F1")
    evening.says("F1", c.MakeContact)
    evening.says("F1", c.Finish)
    assert [(alert.id, need.key) for alert, need in evening.board.open_needs()] == [("A1", "shelter")]


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


@pytest.mark.parametrize(
    ("kind", "about", "stated"),
    [
        (c.RaiseLevel, {"level": Level.HIGH}, e.LevelRaised),
        (c.CancelAlert, {}, e.AlertCancelled),
        (c.CallOffNeed, {"need": "police"}, e.CalledOff),
        (c.CallOffNeed, {"need": "police-2"}, e.NeedDropped),
        (c.Recall, {"need": "police"}, e.Recalled),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_reason_a_person_gives_stands_in_the_event(
    kind: type[c.AlertCommand], about: dict[str, object], stated: type[e.Event]
) -> None:
    evening = Evening(a_unit("P1"))
    evening.perform(an_alert("A1", POLICE, POLICE))
    evening.ask(kind, alert="A1", reason="she_rang_again", **about)
    assert reason_of(evening, stated) == "she_rang_again"


@pytest.mark.parametrize(
    ("steps", "kind", "stated"),
    [((), c.Decline, e.Declined), ((c.Accept,), c.Withdraw, e.Withdrawn)],
    ids=["declined", "withdrawn"],
)
def test_the_reason_a_unit_gives_stands_in_the_event(
    steps: tuple[type[c.AssignmentCommand], ...], kind: type[c.AssignmentCommand], stated: type[e.Event]
) -> None:
    evening = Evening(a_unit("P1"))
    evening.perform(an_alert())
    for step in steps:
        evening.says("P1", step)
    evening.says("P1", kind, reason="no_fuel")
    assert reason_of(evening, stated) == "no_fuel"


def test_the_reason_stands_in_the_event_of_an_alert_that_is_closed_as_well() -> None:
    for by_unit in (True, False):
        evening = Evening(a_unit("P1"))
        evening.perform(an_alert())
        evening.accepts("P1")
        evening.ask(c.CloseAlert, alert="A1", disposition="attended", safe="yes")
        if by_unit:
            evening.says("P1", c.Withdraw, reason="no_fuel")
        else:
            evening.ask(c.Recall, alert="A1", need="police", reason="no_fuel")
        assert reason_of(evening, e.CalledOff) == "no_fuel"


def reason_of(evening: Evening, kind: type[e.Event]) -> object:
    """What the one event of this kind gives as its reason."""
    (event,) = [event for event in evening.happened if type(event) is kind]
    return getattr(event, "reason", None)
