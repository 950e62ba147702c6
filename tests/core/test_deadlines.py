"""Every deadline stands on the board or is seen by the ground, in order, under an id that does not change."""

from dataclasses import replace

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.deadlines import Agenda, due
from app.dispatch.decide import decide
from app.dispatch.evolve import evolve
from app.dispatch.indexes import board_of
from app.dispatch.rules import Rules
from tests.builders import POLICE, PROSECUTOR, SHELTER, START, Evening, a_board, a_unit, an_alert


def next_in(evening: Evening) -> float | None:
    """Seconds from the beginning of the evening to what is due next."""
    at = Agenda().next_at(evening.board, evening.rules, evening.ground)
    return None if at is None else at - START


def due_in(evening: Evening, seconds: float) -> list[c.Command]:
    """What is due so many seconds after the beginning of the evening."""
    return due(evening.board, START + seconds, evening.rules, evening.ground)


def kinds_in(evening: Evening, seconds: float) -> list[str]:
    return [type(command).__name__ for command in due_in(evening, seconds)]


def test_a_quiet_board_has_no_deadline() -> None:
    evening = Evening(a_unit())
    assert next_in(evening) is None
    assert due_in(evening, 1e9) == []


def test_an_offer_is_due_when_unseen_and_later_once_seen() -> None:
    evening = Evening(a_unit())
    evening.perform(an_alert())
    assert next_in(evening) == 20
    evening.says("P1", c.SeeOffer)
    assert next_in(evening) == 45


def test_each_institution_has_its_own_clocks() -> None:
    evening = Evening(a_unit("P1"), a_unit("F1", PROSECUTOR), a_unit("R1", SHELTER))
    evening.perform(an_alert("A1", POLICE, PROSECUTOR, SHELTER))
    waits = [evening.assignment(need) for need in ("police", "prosecutor", "shelter")]
    assert [offer.seen_by - START for offer in waits] == [20, 30, 60]
    assert [offer.answer_by - START for offer in waits] == [45, 90, 180]


def test_an_extreme_alert_waits_less_for_an_answer() -> None:
    evening = Evening(a_unit("P1"))
    evening.perform(an_alert(threat={"weapon_used": "yes"}))
    offer = evening.assignment()
    assert (offer.seen_by - START, offer.answer_by - START) == (15, 30)


def test_what_is_due_comes_earliest_first() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    for alert in ("A1", "A2", "A3"):
        evening.perform(an_alert(alert))
        evening.at += 1
    assert kinds_in(evening, 19) == []
    assert kinds_in(evening, 20) == ["ExpireOffer"]
    assert kinds_in(evening, 21) == ["ExpireOffer", "ExpireOffer"]
    assert kinds_in(evening, 2 + evening.rules.alarm_again_s) == ["ExpireOffer", "ExpireOffer", "SoundAlarm"]


def test_two_tickers_that_see_the_same_deadline_send_the_same_command() -> None:
    evening = Evening(a_unit())
    evening.perform(an_alert())
    assert due_in(evening, 20) == due_in(evening, 25)


def test_a_ticker_with_an_older_board_sends_the_same_command_but_for_what_can_come_again() -> None:
    evening = Evening(a_unit("P1"), rules=Rules(stuck_retry_s=200.0))
    evening.perform(an_alert("A1"))
    evening.perform(an_alert("A2"))
    older = due_in(evening, 200)
    evening.ask(c.AddNote, alert="A1")
    newer = due_in(evening, 200)
    assert [type(command).__name__ for command in newer] == ["ExpireOffer", "SoundAlarm", "SoundAlarm", "TryAgain"]
    assert [one.id == other.id for one, other in zip(older, newer, strict=True)] == [True, False, False, True]


def test_what_is_due_about_one_need_at_one_moment_has_different_ids() -> None:
    evening = Evening(rules=Rules(neighbours={"*": "next-door"}, neighbour_after_s=300.0, stuck_retry_s=300.0))
    evening.perform(an_alert())
    same = [command for command in due_in(evening, 300) if not isinstance(command, c.SoundAlarm)]
    assert {type(command) for command in same} == {c.AskNeighbour, c.TryAgain}
    assert len({command.id for command in same}) == 2


def test_every_try_of_a_stuck_need_has_an_id_of_its_own() -> None:
    evening = Evening(rules=Rules(alarm_again_s=1e9))
    evening.perform(an_alert())
    wait_s = evening.rules.stuck_retry_s
    (first,) = due_in(evening, wait_s)
    evening.goes(wait_s)
    (second,) = due_in(evening, 2 * wait_s)
    assert isinstance(first, c.TryAgain)
    assert first.id != second.id


def test_an_alarm_that_comes_back_for_the_same_second_is_not_answered_with_the_answer_of_the_first() -> None:
    """The order is late, under duress a human is called, who takes notice: then the order is late still."""
    evening = Evening(a_unit("F1", PROSECUTOR))
    evening.perform(an_alert("A1", PROSECUTOR))
    evening.accepts("F1")
    evening.says("F1", c.MakeContact)
    late_s = evening.rules.order_within_s
    (first,) = due_in(evening, late_s)
    evening.goes(late_s)
    evening.ask(c.CancelAlert, alert="A1", reason="by_mistake", word="duress")
    evening.ask(c.AcknowledgeAlertAlarm, alert="A1")
    (second,) = due_in(evening, late_s)
    assert (type(first), type(second)) == (c.SoundAlertAlarm, c.SoundAlertAlarm)
    assert first.id != second.id


@pytest.mark.parametrize("tenths", range(100))
def test_what_is_due_is_never_refused_for_the_last_bit_of_a_second(tenths: int) -> None:
    """A clock that begins at nought: its tenths lose their last bits when whole minutes are added."""
    evening = Evening(a_unit("P1"))
    evening.board = replace(evening.board, at=0.0)
    evening.ground.dead = {"P1": tenths / 10}
    at = Agenda().next_at(evening.board, evening.rules, evening.ground)
    assert at is not None
    assert at == pytest.approx(tenths / 10 + evening.rules.lost_after_s)
    (command,) = due(evening.board, at, evening.rules, evening.ground)
    decision = decide(evening.board, command, at, evening.rules, evening.ground)
    assert decision.events == (e.UnitLost(unit="P1"),)


def test_a_place_kept_for_her_is_due_until_she_has_come() -> None:
    evening = Evening(a_unit("R1", SHELTER, capabilities=["vehicle"]))
    evening.perform(an_alert("A1", SHELTER))
    evening.accepts("R1")
    assert kinds_in(evening, evening.rules.hold_s) == ["ExpireHold"]
    evening.says("R1", c.ReachSafety)
    assert next_in(evening) == pytest.approx(evening.rules.quiet_s)  # from now on only its silence


def test_a_line_that_is_dead_is_due_after_a_while_and_only_if_the_unit_would_be_asked() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"), a_unit("P3"))
    evening.ask(c.EndDuty, unit="P2")
    evening.ask(c.LoseUnit, unit="P3")
    evening.ground.dead = {"P1": START + 5.5, "P2": START, "P3": START, "P9": START}
    lost_s = evening.rules.lost_after_s
    assert next_in(evening) == 5.5 + lost_s
    assert due_in(evening, lost_s) == []
    (command,) = due_in(evening, 5.5 + lost_s)
    assert (type(command), getattr(command, "unit", None)) == (c.LoseUnit, "P1")
    evening.goes(5.5 + lost_s)
    assert evening.kinds() == ["UnitLost"]
    assert next_in(evening) is None


def test_a_unit_that_is_heard_while_its_line_stays_dead_is_lost_again_under_another_id() -> None:
    evening = Evening(a_unit("P1"))
    evening.ground.dead = {"P1": START}
    (first,) = due_in(evening, evening.rules.lost_after_s)
    evening.goes(evening.rules.lost_after_s)
    evening.ask(c.HearUnit, unit="P1")
    (second,) = due_in(evening, evening.rules.lost_after_s)
    assert first.id != second.id


def test_a_dead_line_is_due_exactly_when_the_ground_says_so_whatever_the_last_bit() -> None:
    for since in (START + 0.1, 16383.9, 0.3):
        evening = Evening(a_unit("P1"), rules=Rules(lost_after_s=300.1))
        evening.board = a_board(a_unit("P1"), at=0.0)
        evening.ground.dead = {"P1": since}
        at = Agenda().next_at(evening.board, evening.rules, evening.ground)
        assert at is not None
        (command,) = due(evening.board, at, evening.rules, evening.ground)
        decision = decide(evening.board, command, at, evening.rules, evening.ground)
        assert [type(event) for event in decision.events] == [e.UnitLost]


def test_two_tickers_with_boards_of_different_age_act_once() -> None:
    evening = Evening()
    evening.perform(an_alert())
    older = evening.board
    again_s = evening.rules.alarm_again_s
    evening.goes(again_s)
    assert evening.kinds() == ["AlarmRaised"]
    for command in due(older, evening.at, evening.rules, evening.ground):
        with pytest.raises(c.Refusal) as refusal:
            evening.perform(command)
        assert refusal.value.code == "not_due"


def test_every_command_of_the_clock_is_refused_before_its_time() -> None:
    """So that a ticker whose clock goes ahead does no harm, and can ask again."""
    evening = a_full_evening()
    at = evening.at
    seen = set()
    for command in due(evening.board, START + 1e9, evening.rules, evening.ground):
        seen.add(type(command).__name__)
        with pytest.raises(c.Refusal) as refusal:
            decide(evening.board, command, at, evening.rules, evening.ground)
        assert refusal.value.code == "not_due", command
    assert seen == {
        "AskNeighbour",
        "ExpireHold",
        "ExpireOffer",
        "LoseUnit",
        "SoundAlarm",
        "SoundAlertAlarm",
        "TryAgain",
    }


def a_full_evening() -> Evening:
    """An evening with every kind of deadline on its board."""
    rules = Rules(neighbours={"*": "next-door"})
    evening = Evening(a_unit("P1"), a_unit("P2"), a_unit("F1", PROSECUTOR), a_unit("R1", SHELTER), rules=rules)
    evening.perform(an_alert("A1", POLICE, PROSECUTOR, SHELTER))
    evening.accepts("R1")
    evening.accepts("P1")
    evening.says("P1", c.GoEnRoute)
    evening.accepts("F1")
    evening.perform(an_alert("A2"))
    evening.perform(an_alert("A3"))
    evening.ground.dead = {"P2": START}
    return evening


def test_after_a_restart_the_same_is_due() -> None:
    evening = a_full_evening()
    evening.goes(150.0)
    board = evening.board
    kept = board_of(
        center=board.center,
        prefix=board.prefix,
        seq=board.seq,
        at=board.at,
        folios=board.folios,
        alerts=dict(board.alerts),
        assignments=dict(board.assignments),
        units=dict(board.units),
    )
    first, again = (Agenda().next_at(each, evening.rules, evening.ground) for each in (board, kept))
    assert first == again
    assert due(kept, START + 1e6, evening.rules, evening.ground) == due_in(evening, 1e6)
    assert len(due_in(evening, 1e6)) > 5


def test_the_board_folded_again_from_the_log_is_due_for_the_same() -> None:
    evening = Evening(a_unit("P1"), a_unit("F1", PROSECUTOR))
    log: list[tuple[float, e.Event]] = []
    board = evening.board
    for command in (an_alert("A1", PROSECUTOR), an_alert("A2"), an_alert("A3")):
        evening.at += 3
        log += [(evening.at, event) for event in evening.perform(command).events]
    for at, event in log:
        board = evolve(board, event, at)
    assert board == evening.board
    assert due(board, START + 1e6, evening.rules, evening.ground) == due_in(evening, 1e6)


def test_an_agenda_knows_what_is_due_next_of_alerts_that_have_changed_and_of_those_that_have_not() -> None:
    evening, agenda = Evening(a_unit("P1"), a_unit("P2"), a_unit("F1", PROSECUTOR)), Agenda()

    def agree(rules: Rules = evening.rules) -> None:
        said = agenda.next_at(evening.board, rules, evening.ground)
        assert said == Agenda().next_at(evening.board, rules, evening.ground)

    agree()
    for alert in ("A1", "A2"):
        evening.perform(an_alert(alert, POLICE, PROSECUTOR))
        agree()
    evening.says("P1", c.SeeOffer)
    agree()
    evening.says("P1", c.Accept)
    agree()
    evening.goes(60)
    agree()
    agree(replace(evening.rules, quiet_s=1.0))
    evening.ask(c.CancelAlert, alert="A2", reason="mistake")
    agree()
