"""Personal data: sealed in the table, opened only for somebody who is written down in the same transaction."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy.exc import SQLAlchemyError

from app.clock import HandClock
from app.desk import Desk
from app.details import Details, Places
from app.dispatch import commands as c
from app.dispatch.model import Level
from app.store.session import Database
from tests.stories.looking import every_row, found_in

from .desks import a_call, a_database, a_desk, caught_up, details_of, must_agree, raise_alert, rows

CANARIES = {
    "caller": {"role": "neighbour", "name": "Eusebio Canario", "telephone": "+52 81 5550 1234"},
    "people": [{"role": "victim", "name": "Xóchitl Canaria"}],
    "note": "the key is under the third pot",
    "safe_contact": "text only, after nine",
}
HERE = {"lat": 25.66129, "lon": -100.32717}
WORDS = ("Eusebio", "+52 81 5550 1234", "Canaria", "third pot", "after nine", "25.66129", "-100.32717")
READ: dict[str, Any] = {"by": "somebody", "what": "test", "at": 12.5}


@pytest_asyncio.fixture(loop_scope="session")
async def database(url: str) -> AsyncIterator[Database]:
    async with a_database(url) as database:
        yield database


@pytest_asyncio.fixture(loop_scope="session")
async def details(database: Database) -> Details:
    return details_of(database)


@pytest_asyncio.fixture(loop_scope="session")
async def alert(desk: Desk) -> str:
    """An alert with everything told."""
    receipt = await desk.perform(a_call(), {**CANARIES, "place": HERE})
    assert receipt.alert is not None
    return receipt.alert


async def test_nothing_that_was_told_stands_in_any_table_in_the_clear(url: str, desk: Desk, alert: str) -> None:
    await desk.perform(c.AddNote(id=str(uuid4()), by="x", alert=alert), {"note": "a second canary: Amapola 12"})
    kept = await every_row(url)
    assert len(kept["details"]) == 6
    for word in (*WORDS, "Amapola"):
        assert found_in(kept, word) == []


async def test_what_was_told_can_be_read_and_the_reader_is_written_down(
    url: str, details: Details, alert: str
) -> None:
    told = {detail.kind: detail.value for detail in await details.read(alert, **READ)}
    assert told == {**CANARIES, "place": HERE}
    (row,) = await rows(url, 'SELECT at, by, what, alert::text, "count" FROM audit')
    assert tuple(row) == (12.5, "somebody", "test", alert, 1)
    await details.read(alert, **READ)
    assert len(await rows(url, "SELECT 1 FROM audit")) == 2


async def test_looking_at_an_alert_that_is_not_there_is_written_down_too(url: str, details: Details) -> None:
    stranger = str(uuid4())
    assert await details.read(stranger, **READ) == []
    (row,) = await rows(url, "SELECT alert::text FROM audit")
    assert row[0] == stranger


async def test_without_its_audit_row_nothing_is_shown(url: str, details: Details, alert: str) -> None:
    await rows(url, "ALTER TABLE audit RENAME TO hidden")
    with pytest.raises(SQLAlchemyError):
        await details.read(alert, **READ)


async def test_when_reading_fails_no_audit_row_says_that_it_was_read(
    url: str, details: Details, alert: str
) -> None:
    await rows(url, "ALTER TABLE details RENAME TO hidden")
    with pytest.raises(SQLAlchemyError):
        await details.read(alert, **READ)
    assert await rows(url, "SELECT 1 FROM audit") == []


async def test_many_places_shown_at_once_are_one_audit_row_with_their_number(url: str, details: Details) -> None:
    await details.note_read(by="somebody", what="open alerts", at=1.0, count=17)
    (row,) = await rows(url, 'SELECT what, "count", alert FROM audit')
    assert tuple(row) == ("open alerts", 17, None)


async def test_a_row_moved_to_another_alert_or_kind_does_not_open(
    url: str, details: Details, desk: Desk, alert: str
) -> None:
    other = (await raise_alert(desk)).alert
    await rows(url, "UPDATE details SET alert = $1 WHERE kind = 'note'", other)
    assert [one.value for one in await details.read(other or "", **READ) if one.kind == "note"] == [None]
    await rows(url, "UPDATE details SET kind = 'caller' WHERE kind = 'people'")
    callers = [one for one in await details.read(alert, **READ) if one.kind == "caller"]
    assert [one.value is None for one in sorted(callers, key=lambda one: one.id)] == [False, True]


async def test_another_centers_alert_is_not_there(url: str, alert: str) -> None:
    async with a_database(url, "other") as database:
        assert await details_of(database, "other").read(alert, **READ) == []


async def test_an_alert_whose_key_is_destroyed_tells_nothing_and_its_log_stands(
    url: str, details: Details, alert: str
) -> None:
    before = await rows(url, "SELECT * FROM events ORDER BY seq")
    await rows(url, "DELETE FROM alert_keys WHERE alert = $1", alert)
    await rows(url, "DELETE FROM details WHERE alert = $1", alert)
    assert await details.read(alert, **READ) == []
    assert await rows(url, "SELECT * FROM events ORDER BY seq") == before


async def test_an_erased_alert_tells_nothing_says_so_to_who_would_add_and_troubles_nobody(
    url: str, clock: HandClock, details: Details, desk: Desk, alert: str, caplog: pytest.LogCaptureFixture
) -> None:
    await rows(url, "UPDATE alert_keys SET wrapped = NULL, erased_at = 7 WHERE alert = $1", alert)
    assert await details.read(alert, **READ) == []
    assert await details.places([alert]) == {alert: Places(place=None, avoid=())}
    note = c.AddNote(id=str(uuid4()), by="x", alert=alert)
    with pytest.raises(c.Refusal) as refused:
        await desk.perform(note, {"note": "once more"})
    assert refused.value.code == "details_erased"
    async with a_desk(url, clock) as restarted:
        assert alert in (await restarted.board()).alerts
    assert [record for record in caplog.records if record.levelname == "CRITICAL"] == []


async def test_one_alert_that_cannot_be_opened_does_not_close_the_center(
    url: str, clock: HandClock, desk: Desk, alert: str, caplog: pytest.LogCaptureFixture
) -> None:
    await rows(
        url, "UPDATE details SET sealed = sealed || '\\x00'::bytea WHERE alert = $1 AND kind = 'place'", alert
    )
    async with a_desk(url, clock) as restarted:
        assert alert in (await restarted.board()).alerts
        assert restarted.ground.alert_place(alert) is None
        receipt = await raise_alert(restarted)
        assert receipt.needs[0].unit == "P2"
    assert any(alert in getattr(record, "detail", "") for record in caplog.records)


async def test_a_refused_command_leaves_no_details(url: str, desk: Desk) -> None:
    stray = c.AddNote(id=str(uuid4()), by="x", alert=str(uuid4()))
    with pytest.raises(c.Refusal):
        await desk.perform(stray, {"note": "nobody may keep this"})
    assert await rows(url, "SELECT 1 FROM details") == []


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("Alhelí", "right"),
        ("  ALHELI ", "right"),
        ("Jacaránda roja", "duress"),
        ("jacaranda  ROJA", "duress"),
        ("alhelí rojo", "wrong"),
        ("", "wrong"),
        (None, "wrong"),
    ],
)
async def test_a_code_word_is_known_however_it_is_written_and_nothing_else_is(
    desk: Desk, details: Details, said: str | None, found: str
) -> None:
    words = {"cancel": "alhelí", "duress": "Jacaranda roja"}
    alert = (await raise_alert(desk, code_words=words)).alert or ""
    assert await details.code_word(alert, said, by="x", at=1.0) == found


async def test_where_no_word_was_agreed_none_is_asked_and_the_question_is_written_down(
    url: str, details: Details, alert: str
) -> None:
    assert await details.code_word(alert, "anything", by="op", at=3.0) == "none"
    (row,) = await rows(url, "SELECT at, by, what, alert::text FROM audit")
    assert tuple(row) == (3.0, "op", "code word", alert)


async def test_words_that_do_not_open_are_wrong_and_not_absent(url: str, desk: Desk, details: Details) -> None:
    alert = (await raise_alert(desk, code_words={"cancel": "sol", "duress": "luna"})).alert or ""
    await rows(url, "UPDATE details SET sealed = sealed || '\\x00'::bytea WHERE kind = 'code_words'")
    assert await details.code_word(alert, "sol", by="x", at=1.0) == "wrong"


async def test_that_there_are_code_words_can_be_read_and_the_words_cannot(desk: Desk, details: Details) -> None:
    alert = (await raise_alert(desk, code_words={"cancel": "sol", "duress": "luna"})).alert or ""
    (words,) = [one for one in await details.read(alert, **READ) if one.kind == "code_words"]
    assert words.value is None


async def test_where_the_key_does_not_open_only_what_would_be_added_is_refused(
    url: str, desk: Desk, details: Details, alert: str
) -> None:
    await rows(url, "UPDATE alert_keys SET wrapped = wrapped || '\\x00'::bytea")
    note = c.AddNote(id=str(uuid4()), by="x", alert=alert)
    level = c.RaiseLevel(id=str(uuid4()), by="x", alert=alert, level=Level.EXTREME, reason="person")
    results = await asyncio.gather(
        desk.perform(note, {"note": "lost"}), desk.perform(level), raise_alert(desk), return_exceptions=True
    )
    assert isinstance(results[0], c.Refusal)
    assert results[0].code == "details_unreadable"
    assert [isinstance(result, c.Receipt) for result in results] == [False, True, True]
    await must_agree(url, desk)


async def test_a_call_for_an_alert_whose_key_is_gone_is_an_alert_of_its_own(url: str, desk: Desk) -> None:
    name = str(uuid4())
    first = await raise_alert(desk, replace(a_call(), household=frozenset({name})))
    await rows(url, "DELETE FROM alert_keys")
    second = await raise_alert(desk, replace(a_call(), household=frozenset({name})), note="again")
    assert not second.joined
    assert second.alert != first.alert
    await must_agree(url, desk)


async def test_a_call_that_joins_is_kept_with_the_alert_and_moves_it_nowhere(
    desk: Desk, details: Details, url: str, clock: HandClock
) -> None:
    name = frozenset({str(uuid4())})
    first = await raise_alert(desk, replace(a_call(), household=name))
    call = replace(a_call(), household=name)
    before = desk.ground.alert_place(first.alert or "")
    joined = await desk.perform(call, {"place": HERE, "caller": CANARIES["caller"], "avoid": [HERE]})
    assert (joined.joined, joined.alert) == (True, first.alert)
    told = {one.id: one for one in await details.read(first.alert or "", **READ)}
    assert told[f"{call.id}/call_place"].value == HERE
    assert told[f"{call.id}/caller"].value == CANARIES["caller"]
    assert desk.ground.alert_place(first.alert or "") == before
    assert desk.ground.alert_place(call.id) is None
    assert len(desk.ground.avoided(first.alert or "")) == 1
    async with a_desk(url, clock) as later:
        await later.board()
        assert later.ground.alert_place(first.alert or "") == before
        assert later.ground.avoided(first.alert or "") == desk.ground.avoided(first.alert or "")
    assert await desk.perform(call, {"place": HERE, "caller": CANARIES["caller"], "avoid": [HERE]}) == joined


async def test_a_call_split_off_has_its_own_key_place_and_words_and_every_place_of_the_aggressor(
    desk: Desk, details: Details, url: str, clock: HandClock
) -> None:
    name = frozenset({str(uuid4())})
    first = await raise_alert(desk, replace(a_call(), household=name), avoid=[HERE])
    call = replace(a_call(), household=name)
    await desk.perform(call, {"place": HERE, "code_words": {"cancel": "sol", "duress": "luna"}})
    split = c.SplitCall(id=str(uuid4()), by="x", alert=first.alert or "", call=call.id, zone="norte")
    receipt = await desk.perform(split, {"place": HERE})
    assert receipt.alert == split.id
    assert await details.code_word(split.id, "luna", by="x", at=1.0) == "duress"
    async with a_desk(url, clock) as later:
        await later.board()
        for ground in (desk.ground, later.ground):
            place = ground.alert_place(split.id)
            assert place is not None
            assert place.lat == HERE["lat"]
            assert ground.avoided(split.id) == ground.avoided(first.alert or "")
    await must_agree(url, desk)


async def test_an_alert_that_goes_on_for_another_keeps_away_from_his_places_and_knows_the_words(
    desk: Desk, details: Details, url: str, clock: HandClock
) -> None:
    goes_on = (await raise_alert(desk)).alert or ""
    words = {"cancel": "sol", "duress": "luna"}
    other = (await raise_alert(desk, avoid=[HERE], code_words=words)).alert or ""
    await desk.perform(c.MergeAlerts(id=str(uuid4()), by="x", alert=other, into=goes_on))
    assert await details.code_word(goes_on, "luna", by="x", at=1.0) == "duress"
    assert len(desk.ground.avoided(goes_on)) == 1
    async with a_desk(url, clock) as later:
        await later.board()
        assert len(later.ground.avoided(goes_on)) == 1
    ((state,),) = await rows(url, "SELECT state FROM alerts WHERE id = $1", other)
    assert state == "merged"
    await must_agree(url, desk)


async def test_places_of_the_aggressor_told_later_are_known_to_another_desk(
    desk: Desk, url: str, clock: HandClock
) -> None:
    alert = (await raise_alert(desk)).alert or ""
    async with a_desk(url, clock) as other:
        await other.board()
        more = c.TellMore(id=str(uuid4()), by="x", alert=alert, avoid_zones=frozenset({"norte"}))
        await desk.perform(more, {"avoid": [HERE]})
        await caught_up(desk, other)
        assert other.ground.avoided(alert) == desk.ground.avoided(alert) != ()
    ((kept,),) = await rows(url, "SELECT count(*) FROM details WHERE kind = 'avoid'")
    assert kept == 1


async def test_details_told_in_one_batch_by_many_are_all_kept(url: str, desk: Desk, details: Details) -> None:
    call = a_call()
    notes = [c.AddNote(id=str(uuid4()), by="x", alert=call.id) for _ in range(5)]
    await asyncio.gather(
        raise_alert(desk, call),
        *(desk.perform(note, {"note": f"note {number}"}) for number, note in enumerate(notes)),
    )
    told = [detail.value for detail in await details.read(call.id, **READ) if detail.kind == "note"]
    assert told == [f"note {number}" for number in range(5)]
