"""What was stored before is read after: rules, boards, and back again."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import asyncpg
import pytest_asyncio
from alembic import command

from app.children.postgres import EmbeddedPostgres
from app.dispatch.model import Institution, Level
from app.security.sealing import Sealer
from app.store import audit, rules
from app.store import board as board_rows
from app.store.session import migrations
from app.verify import Points, Verdict, verify

from .desks import SECRET, a_database, rows
from .desks import _ask as asked

ALERT, OFFER = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"
OLD_ALERT = """{
    "id": "00000000-0000-0000-0000-000000000001", "folio": "N-1", "zone": "centro", "level": "high",
    "incident": "30503", "state": "open", "received_at": 90, "raised_at": 100, "needs": [
        {"key": "police", "institution": "police", "state": "offered", "since": 100,
         "live": ["00000000-0000-0000-0000-000000000002"], "offers": 1, "alarm": null},
        {"key": "shelter", "institution": "shelter", "state": "stuck", "since": 101, "retry_at": 400,
         "alarm": {"cause": "nobody_to_ask", "raised_at": 101}}]}"""
OLD_OFFER = """{
    "id": "00000000-0000-0000-0000-000000000002", "alert": "00000000-0000-0000-0000-000000000001",
    "need": "police", "unit": "P1", "slot": 0, "state": "offered", "why": {"rule": "nearest"},
    "offered_at": 100, "seen_by": 120, "answer_by": 145, "stamps": {"delivered": 103}}"""
OLD_UNIT = """{
    "code": "P1", "institution": "police", "agency": "municipal", "zone": "centro", "slots": ["held"],
    "held": {"00000000-0000-0000-0000-000000000002": 0}}"""
OLD_RULES = '{"seen_within_s": 25, "shortlist": 7}'
_numbers = count(1)


@pytest_asyncio.fixture(loop_scope="session")
async def old(postgres_server: EmbeddedPostgres) -> AsyncIterator[str]:
    """A database as it was with the first tables, with one open alert."""
    name = f"old_{next(_numbers)}"
    await postgres_server.create_database(name)
    url = postgres_server.dsn(name)
    await asyncio.to_thread(command.upgrade, migrations(url), "0001")
    await rows(
        url, f"INSERT INTO centers (id, name, folio_prefix, rules) VALUES ('main', 'M', 'N', '{OLD_RULES}')"
    )
    await rows(url, "INSERT INTO centers (id, name, folio_prefix) VALUES ('plain', 'P', 'N')")
    await rows(
        url,
        "INSERT INTO alerts (id, center, folio, state, on_board, raised_at, body)"
        f" VALUES ('{ALERT}', 'main', 'N-1', 'open', true, 100, '{OLD_ALERT}')",
    )
    await rows(
        url,
        f"INSERT INTO units (center, code, capacity, listed, body) VALUES ('main', 'P1', 1, true, '{OLD_UNIT}')",
    )
    await rows(
        url,
        "INSERT INTO assignments (id, center, alert, need, unit, slot, capacity, live, state, body)"
        f" VALUES ('{OFFER}', 'main', '{ALERT}', 'police', 'P1', 0, 1, true, 'offered', '{OLD_OFFER}')",
    )
    yield url
    await postgres_server.drop_database(name)


async def test_a_board_of_before_is_read_with_everything_that_is_open(old: str) -> None:
    await asyncio.to_thread(command.upgrade, migrations(old), "head")
    board: Any = await asked(old, lambda connection: board_rows.load(connection, "main"))
    alert, unit = board.alerts[ALERT], board.units["P1"]
    assert unit.on_duty
    assert dict(alert.calls) == {ALERT: 90}
    assert [need.unaccepted_since for need in alert.needs] == [100, 101]
    assert (alert.needs[1].alarm.first_at, alert.needs[1].alarm.times) == (101, 1)
    assert board.assignments[OFFER].heard_at == 103


OLD_LOG = f"""
INSERT INTO events (center, seq, at, by, command, kind, alert, unit, body) VALUES
  ('main', 1, 100, 'p', 'c1', 'AlertRaised', '{ALERT}', NULL, '{{"alert": "{ALERT}", "x": -0.0, "b": 1e3}}'),
  ('main', 2, 100, 'p', 'c1', 'Offered', '{ALERT}', 'P1', '{{"z": 1, "a": 2}}'),
  ('main', 3, 103, 'p', 'c2', 'Delivered', '{ALERT}', 'P1', '{{}}')"""


async def test_a_log_and_an_audit_of_before_are_chained_and_found_well_and_go_back(old: str) -> None:
    sealer = Sealer(SECRET, "main")
    key = sealer.new_alert_key(ALERT)
    sealed = sealer.seal(key, ALERT, "note", "c1/note", b"{}")
    await rows(old, OLD_LOG)
    await rows(old, "UPDATE centers SET last_seq = 3 WHERE id = 'main'")
    await rows(old, "INSERT INTO alert_keys (alert, center, wrapped) VALUES ($1, 'main', $2)", ALERT, key.wrapped)
    await rows(
        old,
        "INSERT INTO details (id, center, alert, kind, at, by, sealed)"
        " VALUES ('c1/note', 'main', $1, 'note', 100, 'p', $2)",
        ALERT,
        sealed,
    )
    for center, what in (("main", "alert"), ("plain", "open alerts"), ("main", "code word")):
        await rows(old, "INSERT INTO audit (center, at, by, what) VALUES ($1, 1, 'p', $2)", center, what)
    await asyncio.to_thread(command.upgrade, migrations(old), "head")
    for center, many in (("main", 2), ("plain", 1)):
        verdict = await _checked(old, center)
        assert verdict.findings == []
        assert verdict.rows["audit"] == many
    async with a_database(old) as database, database.transaction() as connection:
        await audit.write(connection, "main", at=2.0, by="p", what="alert")
    found = {table: count for table, count in (await _checked(old, "main")).rows.items() if count}
    assert found == {"events": 3, "audit": 3, "center_keys": 3, "alert_keys": 1, "details": 1}
    await asyncio.to_thread(command.downgrade, migrations(old), "0001")
    back = await rows(old, "SELECT what FROM audit ORDER BY id")
    assert [row["what"] for row in back] == ["alert", "code word", "open alerts", "alert"]
    assert [row["body"] for row in await rows(old, "SELECT body FROM events WHERE seq = 2")] == [
        '{"a": 2, "z": 1}'
    ]
    await asyncio.to_thread(command.upgrade, migrations(old), "head")
    assert (await _checked(old, "main")).findings == []


async def _checked(url: str, center: str) -> Verdict:
    verdict = Verdict()
    connection: Any = await asyncpg.connect(url)
    async with connection.transaction():
        await verify(connection, center, Sealer(SECRET, center), Points(center=center, key=""), verdict)
    await connection.close()
    return verdict


async def test_rules_of_before_become_a_book_of_one_page_and_go_back(old: str) -> None:
    await asyncio.to_thread(command.upgrade, migrations(old), "head")
    async with a_database(old) as database, database.transaction() as connection:
        book = await rules.book(connection, "main")
        assert await rules.pages(connection, "plain") == []
    clock = book.at(0.0).clock(Institution.SHELTER, Level.EXTREME)
    assert (clock.seen_within_s, clock.answer_within_s, book.at(0.0).shortlist) == (25, 45, 7)
    await asyncio.to_thread(command.downgrade, migrations(old), "0001")
    old_ones = (
        "SELECT rules->>'seen_within_s' AS seen, rules->>'shortlist' AS short FROM centers WHERE id = 'main'"
    )
    (row,) = await rows(old, old_ones)
    assert (row["seen"], row["short"]) == ("25", "7")
