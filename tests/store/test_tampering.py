"""A thousand acts against the records by somebody with all rights: every one is found, and where it begins."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from app.keys import rotate
from app.region import Files, bring_in
from app.security import chain
from app.security.checkpoints import Signed, Signer
from app.security.sealing import Sealer
from app.security.sessions import Role
from app.service import checkpoints_of
from app.verify import Points, Verdict, verify
from tests.patience import until
from tests.service_fixture import HERE, UNITS, House, a_house, write_units, write_zones

from . import tampering, tampering_sealed
from .tampering import CENTER, Done, repair_head

ACTS_DONE = 1_000
ACTS = (*tampering.ACTS, *tampering_sealed.ACTS)


@dataclass(slots=True)
class Records:
    """A center's records as they were left, a superuser's connection to them, and what is kept outside."""

    sql: Any
    sealer: Sealer
    public: str
    lines: list[str]

    async def verdict(self, lines: list[str] | None = None) -> Verdict:
        """What a check of the records says as they are now, in the transaction of who changed them."""
        verdict = Verdict()
        points = Points(center=CENTER, key=self.public)
        points.read_file(self.lines if lines is None else lines, verdict)
        async with self.sql.transaction():
            await verify(self.sql, CENTER, self.sealer, points, verdict)
        return verdict


@pytest_asyncio.fixture(loop_scope="session")
async def records(database_url: str, tmp_path: Path) -> AsyncIterator[Records]:
    """A small center after some calls, reads and an import, with checkpoints in between."""
    async with a_house(database_url, tmp_path, checkpoint_every_s=3600.0) as house:
        await _lived_in(house, tmp_path)
        settings = house.service.settings
        found = (
            house.service.sealer,
            Signer.of(house.service.sealer.signing).public,
            checkpoints_of(settings).read_text().splitlines(),
        )
    sql: Any = await asyncpg.connect(database_url)
    # Who owns the database turns its checks off first.
    await sql.execute("SET session_replication_role = replica")
    yield Records(sql, *found)
    await sql.close()


async def _lived_in(house: House, folder: Path) -> None:
    two = write_units(folder / "two.csv", UNITS + "S-2,shelter,Refugio,25.6111,-100.3555,2,,true\n")
    files = Files(zones=write_zones(folder / "again.geojson"), units=two)
    await bring_in(files, house.service.settings, house.service.database, house.service.desk)
    await house.on_duty("P-1", "P-2", "F-1")
    operator = await house.client("operator")
    for number in range(6):
        caller = {"role": "neighbour", "name": "Eusebio Canario", "telephone": f"+52 81 5550 123{number}"}
        told = {"caller": caller, "safe_contact": "text only, after nine"} if number % 2 else {}
        receipt = await house.raised("police", **told, where={**HERE, "address": f"Calle {number}"})
        note = {"id": str(uuid4()), "text": f"note {number}"}
        (await operator.post(f"/api/alerts/{receipt['alert']}/notes", json=note)).raise_for_status()
        (await operator.get(f"/api/alerts/{receipt['alert']}")).raise_for_status()
        (await operator.get("/api/alerts?open=true")).raise_for_status()
        await house.app.state.notary.round()
    await _glass_was_broken(house)
    database, center, clock = house.service.database, house.service.settings.center, house.service.clock
    await rotate(database, house.service.sealer, center, clock)
    await house.app.state.notary.round()
    await until(lambda: len(checkpoints_of(house.service.settings).read_text().splitlines()) >= 6)


async def _glass_was_broken(house: House) -> None:
    """On three alerts that are over; of one somebody took notice, and somebody judged it."""
    reader = await house.client(await house.proves(await house.person(Role.OPERATOR, "reads-under-glass")))
    for number in range(3):
        receipt = await house.raised("police", where={**HERE, "address": f"Calle Vidrio {number}"})
        await house.cancelled(receipt["alert"])
        why = {"id": str(uuid4()), "reason": "court", "note": f"the judge asks, {number}"}
        (await reader.post(f"/api/alerts/{receipt['alert']}/glass", json=why)).raise_for_status()
    supervisor = await house.client("supervisor")
    said = {"id": str(uuid4())}
    (await supervisor.post(f"/api/glass/{why['id']}/acknowledge", json=said)).raise_for_status()
    said = {"id": str(uuid4()), "outcome": "unjustified"}
    (await supervisor.post(f"/api/glass/{why['id']}/review", json=said)).raise_for_status()


async def test_every_act_of_a_thousand_is_found_and_the_first_bad_row_is_named(records: Records) -> None:
    assert (await records.verdict()).findings == []
    chance, missed, done = Random(20261124), [], Counter[str]()
    for number in range(ACTS_DONE):
        act = ACTS[number % len(ACTS)]
        transaction = records.sql.transaction()
        await transaction.start()
        try:
            expected = await act(records.sql, chance)
            verdict = await records.verdict()
        finally:
            await transaction.rollback()
        done[expected.table] += 1
        if not _named(verdict, expected):
            missed.append((number, act.__qualname__, expected, verdict.findings[:3]))
    assert missed == []
    assert done.total() == ACTS_DONE
    assert done.keys() == {
        *("events", "audit", "details", "alert_keys", "unit_places"),
        *("center_keys", "break_glass"),
    }
    assert (await records.verdict()).findings == []


@pytest.mark.parametrize("table", ["events", "audit"])
async def test_who_recomputes_every_later_hash_and_all_heads_is_found_by_the_checkpoints(
    records: Records, table: str
) -> None:
    signed = sorted({_signed_seq(line, table) for line in records.lines} - {0})
    # What no other table tells, too: who broke glass is held against what was broken.
    change = {"events": "by = by || 'x'", "audit": "count = count + 1"}[table]
    for seq in range(1, signed[-1] + 1, 2):
        async with _undone(records.sql):
            await records.sql.execute(f"UPDATE {table} SET {change} WHERE seq = $1", seq)
            await _recompute(records.sql, table)
            assert (await records.verdict([])).found > 0, "the checkpoints in the database tell it, too"
            await records.sql.execute("DELETE FROM checkpoints")
            assert (await records.verdict([])).findings == [], "without any checkpoint nothing is seen"
            first = next(one for one in (await records.verdict()).findings if one.table == table)
        assert (first.what, int(first.key)) == ("checkpoint", min(one for one in signed if one >= seq))


async def test_a_checkpoint_that_somebody_else_signed_is_found(records: Records) -> None:
    stranger = Signer.of(bytes(32))
    forged = stranger.sign(Signed.read(records.lines[0]).checkpoint)
    async with _undone(records.sql):
        await records.sql.execute("UPDATE checkpoints SET signed = $1::text::json WHERE number = 1", forged.line)
        first = (await records.verdict()).findings[0]
        assert (first.table, first.key, first.what) == ("checkpoints", "1", "altered")
    for line in (forged.line, records.lines[0].replace('"seq":', '"seq":1'), "{", "no JSON"):
        first = (await records.verdict([line])).findings[0]
        assert (first.table, first.key, first.what) == ("checkpoints", "line 1", "altered")


async def test_checkpoints_that_were_taken_out_of_the_database_are_missed(records: Records) -> None:
    for gone in (3, 6):
        async with _undone(records.sql):
            await records.sql.execute("DELETE FROM checkpoints WHERE number = $1", gone)
            first = (await records.verdict()).findings[0]
        assert (first.table, first.what) == ("checkpoints", "missing")


async def test_a_destroyed_key_leaves_the_records_well_if_somebody_stands_for_it(records: Records) -> None:
    """With what was sealed still there, or gone with the key."""
    alert = await records.sql.fetchval("SELECT alert::text FROM details ORDER BY id LIMIT 1")
    for gone in ("SELECT $1::uuid", "DELETE FROM details WHERE alert = $1"):
        async with _undone(records.sql):
            await records.sql.execute(
                "UPDATE alert_keys SET wrapped = NULL, erased_at = 1 WHERE alert = $1", alert
            )
            await records.sql.execute(gone, alert)
            first = (await records.verdict()).findings[0]
            assert (first.table, first.key, first.what) == ("alert_keys", alert, "missing")
            await _say_erased(records.sql, alert)
            verdict = await records.verdict()
            assert (verdict.findings, verdict.erased) == ([], 1)


@asynccontextmanager
async def _undone(sql: Any) -> AsyncIterator[None]:
    """What is done in here is undone at its end."""
    transaction = sql.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


def _signed_seq(line: str, table: str) -> int:
    point = Signed.read(line).checkpoint
    return point.log.seq if table == "events" else point.audit.seq


async def _recompute(sql: Any, table: str) -> None:
    """Every hash of the chain, and its head, as if it had always been so."""
    head = chain.genesis(chain.LOG if table == "events" else chain.AUDIT, CENTER)
    for row in await sql.fetch(
        "SELECT *, alert::text AS about, body::text AS text FROM events ORDER BY seq"
        if table == "events"
        else "SELECT *, alert::text AS about, said::text AS text FROM audit ORDER BY seq"
    ):
        if table == "events":
            columns = [row[name] for name in ("seq", "at", "by", "command", "at_device", "kind", "about", "unit")]
            leaf = chain.event_leaf(*(CENTER, *columns, row["seals"], row["text"]))
        else:
            rest = [row[name] for name in ("at", "by", "what", "about", "unit", "count", "text")]
            leaf = chain.audit_leaf(row["seq"], chain.audit_rest(CENTER, *rest))
        head = chain.following(head, leaf)
        await sql.execute(f"UPDATE {table} SET hash = $1 WHERE seq = $2", head, row["seq"])
    await repair_head(sql, table)


async def _say_erased(sql: Any, alert: str) -> None:
    """A row of the audit, as the service would add it."""
    seq, head = await sql.fetchrow("SELECT seq + 1, hash FROM chains WHERE name = 'audit'")
    rest = chain.audit_rest(CENTER, 1.0, "p", "erase_alert", alert, None, 1, None)
    await sql.execute(
        "INSERT INTO audit (center, seq, at, by, what, alert, count, hash)"
        " VALUES ($1, $2, 1, 'p', 'erase_alert', $3, 1, $4)",
        CENTER,
        seq,
        alert,
        chain.following(head, chain.audit_leaf(seq, rest)),
    )
    await repair_head(sql, "audit")


def _named(verdict: Verdict, expected: Done) -> bool:
    """Whether what stands first is the row where it begins."""
    first = next((one for one in verdict.findings if one.table != "checkpoints"), None)
    if first is None or first.table != expected.table or first.what not in expected.what:
        return False
    return first.key in expected.keys
