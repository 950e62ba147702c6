"""Bugs planted on purpose: the watched night finds each, so that its silence about the core means something."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.dispatch import (
    barring,
    better,
    deadlines,
    decide,
    evolve,
    matching,
    of_assignments,
    of_calls,
    of_units,
    policy,
    telling,
    watch,
)
from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.commands import BrokenRule
from app.dispatch.lifecycle import NEED, UNIT
from app.dispatch.model import Alert, Assignment, Board, KeepOut, Level, NeedState, Unit, UnitState, WhyNot
from app.dispatch.rules import Rules
from app.dispatch.run import Run
from simulator import watched
from simulator.engine import Engine, Lost, Stalled
from simulator.phones import Phones
from simulator.promises import Broken
from simulator.world import World

SEEDS = 100
HOURS = 6.0
Plant = Callable[[pytest.MonkeyPatch], None]


def nights() -> None:
    """Play every seed until one fails."""
    for seed in range(SEEDS):
        watched.run(seed, HOURS)


# --- deadlines


def forget(*kinds: type[c.Command], cause: str = "") -> Plant:
    """The clock never performs these commands; of alarms, only those with this cause are forgotten."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        def but(every: Callable[..., Iterator[deadlines.Deadline]]) -> Callable[..., Iterator[deadlines.Deadline]]:
            def some(board: Board, *others: Any) -> Iterator[deadlines.Deadline]:
                rules, ground = others[-2:]
                for deadline in every(board, *others):
                    forgotten = deadline.kind in kinds
                    if not forgotten or (cause and cause not in _causes(board, deadline, rules, ground)):
                        yield deadline

            return some

        for part in ("_of_alert", "_of_lines"):
            patch.setattr(deadlines, part, but(getattr(deadlines, part)))

    plant.__name__ = "_".join(("forget", *(kind.__name__ for kind in kinds), cause)).rstrip("_")
    return plant


def _causes(board: Board, deadline: deadlines.Deadline, rules: Rules, ground: Any) -> str:
    """The cause of the alarm that is due."""
    alert = board.alerts[deadline.about[0]]
    if deadline.kind is c.SoundAlertAlarm:
        call = watch.alert_call(board, alert, rules)
    else:
        need = alert.need(deadline.about[1])
        call = watch.need_call(board, alert, need, rules, ground) if need else None
    return call.cause if call else ""


def never_sound_again(patch: pytest.MonkeyPatch) -> None:
    """An alarm that somebody has acknowledged is silent from then on."""
    honest = watch._again_at
    patch.setattr(
        watch,
        "_again_at",
        lambda alarm, rules: honest(alarm, rules) + (1e9 if alarm.acknowledged_at is not None else 0.0),
    )


def know_an_alert_by_its_name(patch: pytest.MonkeyPatch) -> None:
    """When something of an alert is due next is worked out when it is raised, and never again."""
    honest = deadlines.Agenda.next_at

    def next_at(agenda: deadlines.Agenda, board: Board, rules: Rules, ground: Any) -> float | None:
        agenda._first = {
            alert: (board.alerts[alert], at) for alert, (_, at) in agenda._first.items() if alert in board.alerts
        }
        return honest(agenda, board, rules, ground)

    patch.setattr(deadlines.Agenda, "next_at", next_at)
    patch.setattr(deadlines.Agenda, "anew", lambda agenda: None)


def give_every_try_one_id(patch: pytest.MonkeyPatch) -> None:
    """The second try of a stuck need gets the answer of the first."""
    patch.setattr(deadlines, "_id", lambda what, about, at: f"{what}:{about}")


def call_nobody(patch: pytest.MonkeyPatch) -> None:
    """A need gets stuck and no human hears of it."""

    def stuck(run: Run, alert_id: str, key: str, why_not: WhyNot) -> None:
        run.state(e.NeedStuck(alert=alert_id, need=key, retry_at=run.at + 30.0, why_not=why_not))

    patch.setattr(matching, "stuck", stuck)


# --- who is asked


def let_two_accept(patch: pytest.MonkeyPatch) -> None:
    """Of two that were asked both may say yes."""
    both = of_assignments.say(e.Accepted)

    def accept(run: Run, command: c.Accept) -> str:
        offer = run.board.assignments.get(command.assignment)
        need = run.board.alerts[offer.alert].need(offer.need) if offer else None
        two = need is not None and need.state is NeedState.OFFERED_TWICE
        return both(run, command) if two else of_assignments.accept(run, command)

    patch.setitem(NEED[NeedState.OFFERED_TWICE], e.Accepted, NeedState.ACCEPTED)
    patch.setitem(decide._HANDLERS, c.Accept, accept)


def leave_the_slower_one_with_its_offer(patch: pytest.MonkeyPatch) -> None:
    """Who was outrun stays held."""
    patch.setitem(UNIT[UnitState.HELD], e.Outrun, UnitState.HELD)


def tell_the_slower_one_nothing(patch: pytest.MonkeyPatch) -> None:
    """The screen of who was outrun goes on showing the offer."""
    honest = Phones.hear

    def hear(phones: Phones, entry: e.Entry) -> None:
        if not isinstance(entry.event, e.Outrun):
            honest(phones, entry)

    patch.setattr(Phones, "hear", hear)


def leak_a_slot(patch: pytest.MonkeyPatch) -> None:
    """Who declines stays held."""
    patch.setitem(UNIT[UnitState.HELD], e.Declined, UnitState.HELD)


def forget_who_was_asked(patch: pytest.MonkeyPatch) -> None:
    """Who says no is asked again at once."""
    patch.setattr(policy, "asked_at", lambda alert, institution, code: None)


def go_to_and_fro(patch: pytest.MonkeyPatch) -> None:
    """A need goes to whoever is nearer, as often as somebody is."""
    honest = better._may_give_way

    def gives_way(board: Board, unit: Unit, rules: Rules, at: float) -> Any:
        return honest(board, unit, replace(rules, change_min_s=0.0), at)

    patch.setattr(better, "_may_give_way", gives_way)


def ask_shelters_next_to_him(patch: pytest.MonkeyPatch) -> None:
    """Nobody minds where the aggressor is known to be."""
    patch.setattr(policy, "too_close", lambda *asked: False)


# --- keeping out


def forget_crews(patch: pytest.MonkeyPatch) -> None:
    """Units and agencies are kept out, crew members are forgotten."""
    patch.setattr(KeepOut, "bars", lambda out, unit: unit.code in out.units or unit.agency in out.agencies)


def forget_units(patch: pytest.MonkeyPatch) -> None:
    """Crews and agencies are kept out, units are forgotten."""
    honest = KeepOut.bars
    patch.setattr(KeepOut, "bars", lambda out, unit: honest(replace(out, units=frozenset()), unit))


def spell_agencies_as_they_are_spelled(patch: pytest.MonkeyPatch) -> None:
    """An agency is kept out only if it is written as on the list."""
    honest = KeepOut.bars

    def bars(out: KeepOut, unit: Unit) -> bool:
        return honest(replace(out, agencies=frozenset()), unit) or unit.agency in out.agencies

    patch.setattr(KeepOut, "bars", bars)


def recall_nobody_who_is_kept_out(patch: pytest.MonkeyPatch) -> None:
    """They are asked no more, and what they have they keep."""

    def keep_out(run: Run, alert_id: str, kept: KeepOut) -> None:
        if kept != KeepOut():
            run.state(e.KeptOut(alert=alert_id, keep_out=kept))

    for room in (barring, of_calls):
        patch.setattr(room, "keep_out", keep_out)


def overlook_who_comes_aboard(patch: pytest.MonkeyPatch) -> None:
    """Who joins a crew later is never looked at."""
    patch.setattr(of_units, "recall_barred", lambda run, unit: None)


# --- calls and levels


def lower_a_level_by_a_rule(patch: pytest.MonkeyPatch) -> None:
    """A no unsays what raised the level."""
    honest = telling.tell

    def tell(run: Run, alert_id: str, threat: Any) -> None:
        honest(run, alert_id, threat)
        if "no" in threat.values() and run.board.alerts[alert_id].level is not Level.STANDARD:
            run.state(e.LevelLowered(alert=alert_id, level=Level.STANDARD, reason="no_threat"))

    for room in (telling, of_calls):
        patch.setattr(room, "tell", tell)


def keep_the_later_call(patch: pytest.MonkeyPatch) -> None:
    """T0 stays that of the first call known, though another came earlier."""
    honest = evolve._called

    def called(alert: Alert, event: e.AlertEvent) -> Alert:
        return replace(honest(alert, event), received_at=alert.received_at)

    patch.setattr(evolve, "_called", called)


def swallow_a_join(patch: pytest.MonkeyPatch) -> None:
    """A second call for the same household is answered, and nobody writes it down."""
    patch.setattr(of_calls, "join", lambda run, alert, command: None)


# --- shelters


def keep_places_for_ever(patch: pytest.MonkeyPatch) -> None:
    """A shelter that said yes keeps the place, whether she comes or not."""
    honest = evolve._moved

    def moved(assignment: Assignment, *rest: Any) -> Assignment:
        return replace(honest(assignment, *rest), hold_until=None)

    patch.setattr(evolve, "_moved", moved)


def give_away_where_somebody_lives(patch: pytest.MonkeyPatch) -> None:
    """Her place is free as soon as she has moved in: one more is taken in than there is room for."""
    patch.setitem(UNIT[UnitState.BUSY], e.Housed, UnitState.FREE)


def bring_her_nowhere(patch: pytest.MonkeyPatch) -> None:
    """A shelter says yes, and nobody is asked to bring her."""
    patch.setattr(decide, "arrange_transport", lambda run, before: None)


# --- the log


def change_the_board_behind_the_log(patch: pytest.MonkeyPatch) -> None:
    """An alert changes its kind on the board, and no event says so."""
    honest = Run.state

    def state(run: Run, event: e.Event) -> None:
        honest(run, event)
        if isinstance(event, e.FactsTold):
            alert = replace(run.board.alerts[event.alert], incident="changed")
            run.board = replace(run.board, alerts=run.board.alerts.set(alert.id, alert))

    patch.setattr(Run, "state", state)


def lose_answers_with_the_desk(patch: pytest.MonkeyPatch) -> None:
    """The desk keeps its answers in memory only: after it was killed it does everything again."""
    honest = Engine._die

    def die(desk: Engine[World], down_s: float) -> None:
        honest(desk, down_s)
        desk._answers.clear()

    patch.setattr(Engine, "_die", die)


@pytest.mark.parametrize(
    ("plant", "said"),
    [
        (forget(c.ExpireOffer), "has not answered"),
        (forget(c.ExpireHold), "the place is kept no longer"),
        (forget(c.TryAgain), "tried again"),
        (forget(c.AskNeighbour), "the neighbouring center is asked"),
        (forget(c.LoseUnit), "has not been heard of for long"),
        (forget(c.SoundAlarm, cause="unaccepted"), "unaccepted"),
        (forget(c.SoundAlarm, cause="not_under_way"), "not_under_way"),
        (forget(c.SoundAlarm, cause="overdue"), "overdue|frozen sounds again"),
        (forget(c.SoundAlarm, cause="frozen"), "frozen"),
        (forget(c.SoundAlarm, cause="welfare"), "welfare"),
        (forget(c.SoundAlarm, cause="neighbour_silent"), "neighbour_silent"),
        (forget(c.SoundAlertAlarm, cause="order_late"), "order_late"),
        (forget(c.SoundAlertAlarm, cause="not_closed"), "not_closed"),
        (never_sound_again, "sounds again|again"),
        (know_an_alert_by_its_name, "has not answered|is due"),
        (give_every_try_one_id, "still due"),
        (call_nobody, "nobody and nothing moves"),
        (let_two_accept, "nobody and nothing moves"),
        (leave_the_slower_one_with_its_offer, "are taken"),
        (tell_the_slower_one_nothing, "the screens of"),
        (leak_a_slot, "are taken"),
        (forget_who_was_asked, "too soon"),
        (go_to_and_fro, "twice within"),
        (ask_shelters_next_to_him, "too close"),
        (forget_crews, "is kept out"),
        (forget_units, "is kept out"),
        (spell_agencies_as_they_are_spelled, "is kept out"),
        (recall_nobody_who_is_kept_out, "is kept out"),
        (overlook_who_comes_aboard, "is kept out"),
        (lower_a_level_by_a_rule, "lowers a level"),
        (keep_the_later_call, "later than its first call"),
        (swallow_a_join, "stands nowhere"),
        (keep_places_for_ever, "kept for ever"),
        (give_away_where_somebody_lives, "in which somebody lives"),
        (bring_her_nowhere, "nobody brings her"),
        (change_the_board_behind_the_log, "the fold of the log"),
        (lose_answers_with_the_desk, "two answers|knows nothing of it|raised twice"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_planted_bug_is_found(plant: Plant, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    with pytest.raises((Broken, BrokenRule, Lost, Stalled), match=said) as found:
        nights()
    assert any(note.startswith("seed ") for note in found.value.__notes__)
