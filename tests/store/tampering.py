"""What somebody with all rights in the database could do to a center's chains: acts drawn by chance."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from app.security import chain

CENTER = "main"
FAR = 1_000_000
"""Rows are moved out of the way by so much."""


@dataclass(frozen=True, slots=True)
class Done:
    """An act: which row is the first that is not as it was written, and by what words it may be called."""

    table: str
    keys: frozenset[str]
    what: frozenset[str]


Act = Callable[[Any, Random], Awaitable[Done]]


def done(table: str, key: object, *what: str, also: object = None) -> Done:
    return Done(table, frozenset({str(key), str(key if also is None else also)}), frozenset(what))


# --- the two chains; `n` is the table, each has the columns below

COLUMNS = {
    "events": {
        "at": "at + 0.001",
        "by": "by || 'x'",
        "command": "command || 'x'",
        "at_device": "CASE WHEN at_device IS NULL THEN 'NaN'::float8 ELSE NULL END",
        "kind": "kind || 'x'",
        "alert": "CASE WHEN alert IS NULL THEN '00000000-0000-0000-0000-000000000000'::uuid END",
        "unit": "coalesce(unit, '') || 'x'",
        "body": "(' ' || body::text)::json",
        "seals": "coalesce(seals, '') || '\\x00'::bytea",
        "hash": "sha256(hash)",
    },
    "audit": {
        "at": "at + 0.001",
        "by": "by || 'x'",
        "what": "what || 'x'",
        "alert": "CASE WHEN alert IS NULL THEN '00000000-0000-0000-0000-000000000000'::uuid END",
        "unit": "coalesce(unit, '') || 'x'",
        "count": "count + 1",
        "said": "CASE WHEN said IS NULL THEN 'null'::json END",
        "hash": "sha256(hash)",
    },
}
BODY = {"events": "body", "audit": "what"}


async def _last(sql: Any, table: str) -> int:
    return int(await sql.fetchval(f"SELECT max(seq) FROM {table}"))


async def _renumber(sql: Any, table: str, start: int, by: int) -> None:
    await sql.execute(f"UPDATE {table} SET seq = seq + {FAR} WHERE seq >= $1", start)
    await sql.execute(f"UPDATE {table} SET seq = seq - {FAR} + $1 WHERE seq >= {FAR}", by)


async def repair_head(sql: Any, table: str) -> None:
    """What counts the rows is made to agree with them."""
    if table == "events":
        await sql.execute("UPDATE centers SET last_seq = (SELECT coalesce(max(seq), 0) FROM events)")
        return
    last = await sql.fetchrow("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
    seq, head = (0, chain.genesis(chain.AUDIT, CENTER)) if last is None else tuple(last)
    await sql.execute("UPDATE chains SET seq = $1, hash = $2", seq, head)


def edit(table: str) -> Act:
    async def act(sql: Any, chance: Random) -> Done:
        seq = chance.randint(1, await _last(sql, table))
        column = chance.choice(sorted(COLUMNS[table]))
        await sql.execute(f'UPDATE {table} SET "{column}" = {COLUMNS[table][column]} WHERE seq = $1', seq)
        return done(table, seq, "altered")

    return act


def delete(table: str) -> Act:
    async def act(sql: Any, chance: Random) -> Done:
        seq = chance.randint(1, await _last(sql, table))
        await sql.execute(f"DELETE FROM {table} WHERE seq = $1", seq)
        return done(table, seq, "missing")

    return act


def delete_and_close_up(table: str) -> Act:
    async def act(sql: Any, chance: Random) -> Done:
        seq = chance.randint(1, await _last(sql, table))
        await sql.execute(f"DELETE FROM {table} WHERE seq = $1", seq)
        await _renumber(sql, table, seq, -1)
        await repair_head(sql, table)
        return done(table, seq, "altered", "missing", "checkpoint")

    return act


def swap(table: str) -> Act:
    """Two rows exchange what they say."""

    async def act(sql: Any, chance: Random) -> Done:
        rows = await sql.fetch(f"SELECT seq, {BODY[table]}::text AS said FROM {table} ORDER BY seq")
        one = chance.choice(rows)
        other = chance.choice([row for row in rows if row["said"] != one["said"]])
        kind = "json" if table == "events" else "text"
        for here, there in ((one, other), (other, one)):
            await sql.execute(
                f"UPDATE {table} SET {BODY[table]} = $1::text::{kind} WHERE seq = $2", there["said"], here["seq"]
            )
        return done(table, min(one["seq"], other["seq"]), "altered")

    return act


def reorder(table: str) -> Act:
    """Two rows exchange their places, with everything that is theirs."""

    async def act(sql: Any, chance: Random) -> Done:
        one, other = sorted(chance.sample(range(1, await _last(sql, table) + 1), 2))
        for old, new in ((one, FAR), (other, one), (FAR, other)):
            await sql.execute(f"UPDATE {table} SET seq = $1 WHERE seq = $2", new, old)
        return done(table, one, "altered")

    return act


def insert(table: str) -> Act:
    """A copy of some row is put in among the others, which move on; the heads are made to agree."""

    async def act(sql: Any, chance: Random) -> Done:
        last = await _last(sql, table)
        seq, copied = chance.randint(1, last), chance.randint(1, last)
        await sql.execute(f"CREATE TEMP TABLE one ON COMMIT DROP AS SELECT * FROM {table} WHERE seq = {copied}")
        await _renumber(sql, table, seq, 1)
        await sql.execute("UPDATE one SET seq = $1, hash = sha256(hash)", seq)
        await sql.execute(f"INSERT INTO {table} SELECT * FROM one")
        await sql.execute("DROP TABLE one")
        await repair_head(sql, table)
        return done(table, seq, "altered")

    return act


def truncate(table: str, *, repaired: bool) -> Act:
    """The end is cut off; with `repaired` everything in the database agrees that there was never more."""

    async def act(sql: Any, chance: Random) -> Done:
        seq = chance.randint(1, await _last(sql, table))
        await sql.execute(f"DELETE FROM {table} WHERE seq >= $1", seq)
        if repaired:
            await repair_head(sql, table)
            await sql.execute("DELETE FROM checkpoints")
        return done(table, seq, "missing")

    return act


_ON_CHAINS = (edit, edit, edit, delete, delete_and_close_up, swap, reorder, insert)
ACTS: tuple[Act, ...] = (
    *(act(table) for table in COLUMNS for act in _ON_CHAINS),
    *(truncate(table, repaired=repaired) for table in COLUMNS for repaired in (False, True)),
)
