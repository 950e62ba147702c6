"""Every deadline stands on the board, in order, under an id that does not change."""

from app.dispatch import commands as c
from app.dispatch.deadlines import due, next_at
from tests.builders import START, Evening, a_unit, an_alert


def test_a_quiet_board_has_no_deadline() -> None:
    evening = Evening(a_unit())
    assert next_at(evening.board) is None
    assert due(evening.board, START + 1e9) == []


def test_an_offer_is_due_when_unseen_and_later_once_seen() -> None:
    evening = Evening(a_unit())
    evening.perform(an_alert())
    assert next_at(evening.board) == START + 20
    evening.says("P1", c.SeeOffer)
    assert next_at(evening.board) == START + 45


def test_what_is_due_comes_earliest_first() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    for alert in ("A1", "A2", "A3"):
        evening.perform(an_alert(alert))
        evening.at += 1
    kinds = [type(command).__name__ for command in due(evening.board, START + evening.rules.stuck_retry_s + 10)]
    assert kinds == ["ExpireOffer", "ExpireOffer", "TryAgain"]
    assert due(evening.board, START + 19) == []
    assert len(due(evening.board, START + 20)) == 1


def test_two_tickers_that_see_the_same_deadline_send_the_same_command() -> None:
    evening = Evening(a_unit())
    evening.perform(an_alert())
    assert due(evening.board, START + 20) == due(evening.board, START + 25)


def test_every_try_of_a_stuck_need_has_an_id_of_its_own() -> None:
    evening = Evening()
    evening.perform(an_alert())
    wait_s = evening.rules.stuck_retry_s
    first = due(evening.board, START + wait_s)
    evening.goes(wait_s)
    assert first[0].id != due(evening.board, START + 2 * wait_s)[0].id
