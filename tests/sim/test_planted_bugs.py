"""Bugs planted on purpose: the trial finds each, so that its silence about the core means something."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.dispatch import deadlines, matching, of_assignments, of_units, policy
from app.dispatch import events as e
from app.dispatch.commands import BrokenRule
from app.dispatch.lifecycle import UNIT
from app.dispatch.model import Alert, Assignment, Board, KeepOut, Need, NeedRef, Unit, UnitState, WhyNot
from app.dispatch.run import Run
from simulator import trial
from simulator.engine import Stalled
from simulator.invariants import Broken

SEEDS = 50
Plant = Callable[[pytest.MonkeyPatch], None]


def forget_deadlines_of_offers(patch: pytest.MonkeyPatch) -> None:
    """An offer whose device has confirmed it is never looked at again."""
    every = deadlines.all_deadlines

    def some(board: Board) -> Iterator[tuple[float, Assignment | NeedRef]]:
        return ((at, what) for at, what in every(board) if "delivered" not in getattr(what, "stamps", ()))

    patch.setattr(deadlines, "all_deadlines", some)


def forget_to_try_again(patch: pytest.MonkeyPatch) -> None:
    """A stuck need waits for a change of the board for ever."""
    every = deadlines.all_deadlines

    def some(board: Board) -> Iterator[tuple[float, Assignment | NeedRef]]:
        return ((at, what) for at, what in every(board) if isinstance(what, Assignment))

    patch.setattr(deadlines, "all_deadlines", some)


def offer_twice(patch: pytest.MonkeyPatch) -> None:
    """Every offer goes to a second unit too, where one is free."""
    once = matching.offer

    def twice(run: Run, alert: Alert, key: str, unit: Unit, why: Any) -> None:
        once(run, alert, key, unit, why)
        found = policy.choose(run.board, alert, alert.needs[0], run.rules, run.ground, run.at)
        if not isinstance(found, WhyNot):
            once(run, alert, key, found.unit, why)

    patch.setattr(matching, "offer", twice)


def leak_a_slot(patch: pytest.MonkeyPatch) -> None:
    """Who declines stays held."""
    patch.setitem(UNIT[UnitState.HELD], e.Declined, UnitState.HELD)


def forget_who_is_kept_out(patch: pytest.MonkeyPatch) -> None:
    """Units and agencies are kept out, crew members are forgotten."""

    def bars(keep_out: KeepOut, unit: Unit) -> bool:
        return unit.code in keep_out.units or unit.agency in keep_out.agencies

    patch.setattr(KeepOut, "bars", bars)


def leave_who_was_lost_with_its_offer(patch: pytest.MonkeyPatch) -> None:
    """A unit is called lost, and what it was asked stays with it."""

    def lose(run: Run, code: str) -> None:
        run.state(e.UnitLost(unit=code))

    patch.setattr(of_units, "lose", lose)
    patch.setattr(of_assignments, "lose", lose)


def call_nobody(patch: pytest.MonkeyPatch) -> None:
    """A need gets stuck and no human hears of it."""

    def stuck(run: Run, alert_id: str, key: str, why_not: WhyNot) -> None:
        run.state(e.NeedStuck(alert=alert_id, need=key, retry_at=run.at + 30.0, why_not=why_not))

    patch.setattr(matching, "stuck", stuck)


def change_the_board_behind_the_log(patch: pytest.MonkeyPatch) -> None:
    """An alert changes its kind on the board, and no event says so."""
    honest = Run.state

    def state(run: Run, event: e.Event) -> None:
        honest(run, event)
        if isinstance(event, e.FactsTold):
            alert = replace(run.board.alerts[event.alert], incident="changed")
            run.board = replace(run.board, alerts=run.board.alerts.set(alert.id, alert))

    patch.setattr(Run, "state", state)


def forget_who_was_asked(patch: pytest.MonkeyPatch) -> None:
    """Who says no is asked again at once."""
    honest = policy.reason_against

    def passes(alert: Alert, need: Need, unit: Unit, rules: policy.Rules, at: float) -> str | None:
        return honest(alert, replace(need, asked={}), unit, rules, at)

    patch.setattr(policy, "reason_against", passes)


def give_every_try_one_id(patch: pytest.MonkeyPatch) -> None:
    """The second try of a stuck need gets the answer of the first."""
    patch.setattr(deadlines, "_id", lambda what, about, at: f"{what}:{about}")


def nights() -> None:
    """Play every seed until one fails."""
    for seed in range(SEEDS):
        trial.run(seed)


@pytest.mark.parametrize(
    ("plant", "said"),
    [
        (forget_deadlines_of_offers, "outlives its deadline"),
        (forget_to_try_again, "nobody and nothing moves"),
        (offer_twice, "knows no Offered"),
        (leak_a_slot, "are taken"),
        (forget_who_is_kept_out, "is kept out"),
        (leave_who_was_lost_with_its_offer, "knows no UnitLost"),
        (call_nobody, "nobody and nothing moves"),
        (give_every_try_one_id, "still due"),
        (forget_who_was_asked, "too soon"),
        (change_the_board_behind_the_log, "the fold of the log"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_planted_bug_is_found(plant: Plant, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    with pytest.raises((Broken, BrokenRule, Stalled), match=said) as found:
        nights()
    assert any(note.startswith("seed ") for note in found.value.__notes__)
