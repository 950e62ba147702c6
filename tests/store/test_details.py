"""Personal data: sealed in the table, opened only for somebody who is written down in the same transaction."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy.exc import SQLAlchemyError

from app.clock import HandClock
from app.desk import Desk
from app.details import Details
from app.dispatch import commands as c
from app.store.session import Database
from tests.stories.looking import every_row, found_in

from .desks import a_call, a_database, a_desk, details_of, raise_alert, rows

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
    assert any(alert in record.getMessage() for record in caplog.records)


async def test_a_refused_command_leaves_no_details(url: str, desk: Desk) -> None:
    stray = c.AddNote(id=str(uuid4()), by="x", alert=str(uuid4()))
    with pytest.raises(c.Refusal):
        await desk.perform(stray, {"note": "nobody may keep this"})
    assert await rows(url, "SELECT 1 FROM details") == []


async def test_details_told_in_one_batch_by_many_are_all_kept(url: str, desk: Desk, details: Details) -> None:
    call = a_call()
    notes = [c.AddNote(id=str(uuid4()), by="x", alert=call.id) for _ in range(5)]
    await asyncio.gather(
        raise_alert(desk, call),
        *(desk.perform(note, {"note": f"note {number}"}) for number, note in enumerate(notes)),
    )
    told = [detail.value for detail in await details.read(call.id, **READ) if detail.kind == "note"]
    assert told == [f"note {number}" for number in range(5)]
