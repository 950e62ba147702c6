"""The book of rules: what is written is checked, what is not written is as usual, and each page has its time."""

from typing import Any

import pytest

from app.clock import HandClock
from app.dispatch.model import Institution, Level
from app.dispatch.rules import Rules
from app.store import rules
from app.store.rules import RulesRefused, book_of, rules_of

from .desks import CENTER, a_call, a_database, a_desk, raise_alert, staff


def test_one_clock_of_one_level_differs_and_everything_else_is_as_usual() -> None:
    found = rules_of({"clocks": {"police": {"extreme": {"seen_within_s": 5}}}})
    assert found.clock(Institution.POLICE, Level.EXTREME).seen_within_s == 5
    assert found.clock(Institution.POLICE, Level.EXTREME).answer_within_s == 30
    assert found.clock(Institution.SHELTER, Level.HIGH) == Rules().clock(Institution.SHELTER, Level.HIGH)
    assert rules_of({}) == Rules()


@pytest.mark.parametrize(
    ("differences", "sentence"),
    [
        ({"holds_s": 3}, "no rule holds_s"),
        ({"clocks": {"police": {"high": {"seen": 3}}}}, "no rule clocks.police.high.seen"),
        ({"clocks": {"policia": {}}}, "policia"),
        ({"hold_s": "3"}, "hold_s"),
        ({"hold_s": -1}, "hold_s"),
        ({"hold_s": float("inf")}, "hold_s"),
        ({"stuck_retry_s": 0}, "stuck_retry_s"),
        ({"offers_at_once": 3}, "offers_at_once"),
        ({"pair_from": "very_high"}, "very_high"),
        ({"screens": [{"code": "x"}]}, "screens"),
    ],
)
def test_what_is_no_rule_is_refused_by_name(differences: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RulesRefused, match=sentence):
        rules_of(differences)


def test_each_page_counts_from_its_date_and_before_the_first_the_usual_rules_do() -> None:
    book = book_of([(100.0, {"shortlist": 5}), (200.0, {"shortlist": 9})])
    assert [book.at(at).shortlist for at in (99.9, 100.0, 199.9, 200.0, 9e9)] == [20, 5, 5, 9, 9]


async def test_pages_are_kept_in_the_order_they_count(url: str) -> None:
    async with a_database(url) as database, database.transaction() as connection:
        await rules.set_pages(connection, CENTER, [(200.0, {"shortlist": 9}), (100.0, {"shortlist": 5})])
        assert await rules.pages(connection, CENTER) == [(100.0, {"shortlist": 5}), (200.0, {"shortlist": 9})]
        assert (await rules.book(connection, CENTER)).at(150.0).shortlist == 5


async def test_the_desk_decides_by_the_rules_that_count_at_that_moment(url: str, clock: HandClock) -> None:
    now = clock.now()
    quick = {"clocks": {"police": {"standard": {"seen_within_s": 3}}}}
    async with a_desk(url, clock) as desk:
        desk.book = book_of([(now + 60, quick)])
        await staff(desk)
        first = await raise_alert(desk, a_call())
        clock.advance(60)
        second = await raise_alert(desk, a_call())
        board = await desk.board()
        waits = {one.alert: one.seen_by - one.offered_at for one in board.assignments.values()}
        assert (waits[first.alert or ""], waits[second.alert or ""]) == (20, 3)
        assert desk.rules.clock(Institution.POLICE, Level.STANDARD).seen_within_s == 3
