"""What somebody with all rights in the database could do to a center's records: acts drawn by chance."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

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


def _done(table: str, key: object, *what: str, also: object = None) -> Done:
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
        return _done(table, seq, "altered")

    return act


def delete(table: str) -> Act:
    async def act(sql: Any, chance: Random) -> Done:
        seq = chance.randint(1, await _last(sql, table))
        await sql.execute(f"DELETE FROM {table} WHERE seq = $1", seq)
        return _done(table, seq, "missing")

    return act


def delete_and_close_up(table: str) -> Act:
    async def act(sql: Any, chance: Random) -> Done:
        seq = chance.randint(1, await _last(sql, table))
        await sql.execute(f"DELETE FROM {table} WHERE seq = $1", seq)
        await _renumber(sql, table, seq, -1)
        await repair_head(sql, table)
        return _done(table, seq, "altered", "missing", "checkpoint")

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
        return _done(table, min(one["seq"], other["seq"]), "altered")

    return act


def reorder(table: str) -> Act:
    """Two rows exchange their places, with everything that is theirs."""

    async def act(sql: Any, chance: Random) -> Done:
        one, other = sorted(chance.sample(range(1, await _last(sql, table) + 1), 2))
        for old, new in ((one, FAR), (other, one), (FAR, other)):
            await sql.execute(f"UPDATE {table} SET seq = $1 WHERE seq = $2", new, old)
        return _done(table, one, "altered")

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
        return _done(table, seq, "altered")

    return act


def truncate(table: str, *, repaired: bool) -> Act:
    """The end is cut off; with `repaired` everything in the database agrees that there was never more."""

    async def act(sql: Any, chance: Random) -> Done:
        seq = chance.randint(1, await _last(sql, table))
        await sql.execute(f"DELETE FROM {table} WHERE seq >= $1", seq)
        if repaired:
            await repair_head(sql, table)
            await sql.execute("DELETE FROM checkpoints")
        return _done(table, seq, "missing")

    return act


# --- sealed values


async def edit_detail(sql: Any, chance: Random) -> Done:
    row = await _any(sql, chance, "SELECT id FROM details ORDER BY id")
    column, value = chance.choice(
        [
            ("sealed", "set_byte(sealed, length(sealed) - 1, get_byte(sealed, length(sealed) - 1) # 1)"),
            ("at", "at + 0.001"),
            ("by", "by || 'x'"),
            ("kind", "kind || 'x'"),
            ("alert", "'00000000-0000-0000-0000-000000000000'::uuid"),
            ("id", "id || 'x'"),
        ]
    )
    await sql.execute(f"UPDATE details SET {column} = {value} WHERE id = $1", row["id"])
    return _done("details", row["id"] + ("x" if column == "id" else ""), "altered", "does_not_open", "missing")


async def delete_detail(sql: Any, chance: Random) -> Done:
    row = await _any(sql, chance, "SELECT id FROM details ORDER BY id")
    await sql.execute("DELETE FROM details WHERE id = $1", row["id"])
    return _done("details", chain.command_of(row["id"]), "missing")


async def swap_details(sql: Any, chance: Random) -> Done:
    """Two details exchange their ciphertexts."""
    one, other = sorted(chance.sample(await sql.fetch("SELECT id, sealed FROM details ORDER BY id"), 2))
    await sql.execute("UPDATE details SET sealed = $1 WHERE id = $2", other["sealed"], one["id"])
    await sql.execute("UPDATE details SET sealed = $1 WHERE id = $2", one["sealed"], other["id"])
    return _done("details", one["id"], "altered", also=other["id"])


async def add_detail(sql: Any, chance: Random) -> Done:
    """A copy of a detail is put beside another command's."""
    row = await _any(sql, chance, "SELECT * FROM details ORDER BY id")
    other = await _any(sql, chance, "SELECT command FROM events ORDER BY seq")
    new = f"{other['command']}/added"
    await sql.execute(
        "INSERT INTO details SELECT $1, center, alert, kind, at, by, sealed FROM details WHERE id = $2",
        new,
        row["id"],
    )
    return _done("details", new, "unexpected", "altered")


async def truncate_details(sql: Any, chance: Random) -> Done:
    rows = await sql.fetch("SELECT id FROM details ORDER BY id")
    gone = rows[chance.randrange(len(rows)) :]
    await sql.execute("DELETE FROM details WHERE id = ANY($1::text[])", [row["id"] for row in gone])
    commands = {chain.command_of(row["id"]) for row in gone}
    return Done("details", frozenset(commands), frozenset({"missing"}))


async def edit_key(sql: Any, chance: Random) -> Done:
    row = await _any(sql, chance, "SELECT alert::text AS alert, wrapped FROM alert_keys ORDER BY alert")
    at = chance.randrange(len(row["wrapped"]))
    await sql.execute(
        f"UPDATE alert_keys SET wrapped = set_byte(wrapped, {at}, get_byte(wrapped, {at}) # 1) WHERE alert = $1",
        row["alert"],
    )
    return _done("alert_keys", row["alert"], "does_not_open")


async def delete_key(sql: Any, chance: Random) -> Done:
    row = await _any(sql, chance, "SELECT alert::text AS alert FROM alert_keys ORDER BY alert")
    await sql.execute("DELETE FROM alert_keys WHERE alert = $1", row["alert"])
    return _done("alert_keys", row["alert"], "missing")


async def swap_keys(sql: Any, chance: Random) -> Done:
    one, other = chance.sample(
        await sql.fetch("SELECT alert::text AS alert, wrapped FROM alert_keys ORDER BY alert"), 2
    )
    await sql.execute("UPDATE alert_keys SET wrapped = $1 WHERE alert = $2", other["wrapped"], one["alert"])
    await sql.execute("UPDATE alert_keys SET wrapped = $1 WHERE alert = $2", one["wrapped"], other["alert"])
    return _done("alert_keys", one["alert"], "does_not_open", also=other["alert"])


async def add_key(sql: Any, chance: Random) -> Done:
    stranger = str(UUID(int=chance.getrandbits(128)))
    row = await _any(sql, chance, "SELECT wrapped FROM alert_keys ORDER BY alert")
    await sql.execute(
        "INSERT INTO alert_keys (alert, center, wrapped) VALUES ($1, $2, $3)", stranger, CENTER, row["wrapped"]
    )
    return _done("alert_keys", stranger, "unexpected")


_SEALED = "SELECT unit, sealed FROM unit_places WHERE sealed IS NOT NULL ORDER BY unit"


async def edit_place(sql: Any, chance: Random) -> Done:
    row = await _any(sql, chance, _SEALED)
    at = chance.randrange(len(row["sealed"]))
    await sql.execute(
        f"UPDATE unit_places SET sealed = set_byte(sealed, {at}, get_byte(sealed, {at}) # 1) WHERE unit = $1",
        row["unit"],
    )
    return _done("unit_places", row["unit"], "does_not_open")


async def empty_place(sql: Any, chance: Random) -> Done:
    row = await _any(sql, chance, _SEALED)
    gone = chance.choice(["UPDATE unit_places SET sealed = NULL", "DELETE FROM unit_places"])
    await sql.execute(f"{gone} WHERE unit = $1", row["unit"])
    return _done("unit_places", row["unit"], "missing")


async def swap_places(sql: Any, chance: Random) -> Done:
    """Each shelter is where the other is."""
    one, other = chance.sample(await sql.fetch(_SEALED), 2)
    await sql.execute("UPDATE unit_places SET sealed = $1 WHERE unit = $2", other["sealed"], one["unit"])
    await sql.execute("UPDATE unit_places SET sealed = $1 WHERE unit = $2", one["sealed"], other["unit"])
    return _done("unit_places", min(one["unit"], other["unit"]), "does_not_open")


async def seal_an_open_one(sql: Any, chance: Random) -> Done:
    """A unit that everybody may find gets a sealed place that is another's."""
    row = await _any(sql, chance, _SEALED)
    await sql.execute("UPDATE unit_places SET sealed = $1 WHERE unit = 'P-1'", row["sealed"])
    return _done("unit_places", "P-1", "does_not_open")


async def _any(sql: Any, chance: Random, query: str) -> Any:
    return chance.choice(await sql.fetch(query))


_ON_CHAINS = (edit, edit, edit, delete, delete_and_close_up, swap, reorder, insert)
ACTS: tuple[Act, ...] = (
    *(act(table) for table in COLUMNS for act in _ON_CHAINS),
    *(truncate(table, repaired=repaired) for table in COLUMNS for repaired in (False, True)),
    *(edit_detail, edit_detail, delete_detail, swap_details, add_detail, truncate_details),
    *(edit_key, delete_key, swap_keys, add_key),
    *(edit_place, empty_place, swap_places, seal_an_open_one),
)
