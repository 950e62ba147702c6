"""What they could do to what is sealed, and to the keys that open it."""

from random import Random
from typing import Any
from uuid import UUID

from app.security import chain

from .tampering import CENTER, Act, Done, done


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
    return done("details", row["id"] + ("x" if column == "id" else ""), "altered", "does_not_open", "missing")


async def delete_detail(sql: Any, chance: Random) -> Done:
    row = await _any(sql, chance, "SELECT id FROM details ORDER BY id")
    await sql.execute("DELETE FROM details WHERE id = $1", row["id"])
    return done("details", chain.command_of(row["id"]), "missing")


async def swap_details(sql: Any, chance: Random) -> Done:
    """Two details exchange their ciphertexts."""
    one, other = sorted(chance.sample(await sql.fetch("SELECT id, sealed FROM details ORDER BY id"), 2))
    await sql.execute("UPDATE details SET sealed = $1 WHERE id = $2", other["sealed"], one["id"])
    await sql.execute("UPDATE details SET sealed = $1 WHERE id = $2", one["sealed"], other["id"])
    return done("details", one["id"], "altered", also=other["id"])


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
    return done("details", new, "unexpected", "altered")


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
    return done("alert_keys", row["alert"], "does_not_open")


async def delete_key(sql: Any, chance: Random) -> Done:
    row = await _any(sql, chance, "SELECT alert::text AS alert FROM alert_keys ORDER BY alert")
    await sql.execute("DELETE FROM alert_keys WHERE alert = $1", row["alert"])
    return done("alert_keys", row["alert"], "missing")


async def swap_keys(sql: Any, chance: Random) -> Done:
    one, other = chance.sample(
        await sql.fetch("SELECT alert::text AS alert, wrapped FROM alert_keys ORDER BY alert"), 2
    )
    await sql.execute("UPDATE alert_keys SET wrapped = $1 WHERE alert = $2", other["wrapped"], one["alert"])
    await sql.execute("UPDATE alert_keys SET wrapped = $1 WHERE alert = $2", one["wrapped"], other["alert"])
    return done("alert_keys", one["alert"], "does_not_open", also=other["alert"])


async def add_key(sql: Any, chance: Random) -> Done:
    stranger = str(UUID(int=chance.getrandbits(128)))
    row = await _any(sql, chance, "SELECT wrapped FROM alert_keys ORDER BY alert")
    await sql.execute(
        "INSERT INTO alert_keys (alert, center, wrapped) VALUES ($1, $2, $3)", stranger, CENTER, row["wrapped"]
    )
    return done("alert_keys", stranger, "unexpected")


_SEALED = "SELECT unit, sealed FROM unit_places WHERE sealed IS NOT NULL ORDER BY unit"


async def edit_place(sql: Any, chance: Random) -> Done:
    row = await _any(sql, chance, _SEALED)
    at = chance.randrange(len(row["sealed"]))
    await sql.execute(
        f"UPDATE unit_places SET sealed = set_byte(sealed, {at}, get_byte(sealed, {at}) # 1) WHERE unit = $1",
        row["unit"],
    )
    return done("unit_places", row["unit"], "does_not_open")


async def empty_place(sql: Any, chance: Random) -> Done:
    row = await _any(sql, chance, _SEALED)
    gone = chance.choice(["UPDATE unit_places SET sealed = NULL", "DELETE FROM unit_places"])
    await sql.execute(f"{gone} WHERE unit = $1", row["unit"])
    return done("unit_places", row["unit"], "missing")


async def swap_places(sql: Any, chance: Random) -> Done:
    """Each shelter is where the other is."""
    one, other = chance.sample(await sql.fetch(_SEALED), 2)
    await sql.execute("UPDATE unit_places SET sealed = $1 WHERE unit = $2", other["sealed"], one["unit"])
    await sql.execute("UPDATE unit_places SET sealed = $1 WHERE unit = $2", one["sealed"], other["unit"])
    return done("unit_places", min(one["unit"], other["unit"]), "does_not_open")


async def seal_an_open_one(sql: Any, chance: Random) -> Done:
    """A unit that everybody may find gets a sealed place that is another's."""
    row = await _any(sql, chance, _SEALED)
    await sql.execute("UPDATE unit_places SET sealed = $1 WHERE unit = 'P-1'", row["sealed"])
    return done("unit_places", "P-1", "does_not_open")


async def _any(sql: Any, chance: Random, query: str) -> Any:
    return chance.choice(await sql.fetch(query))


# --- the keys of the center, and broken glass

_CENTER_KEYS = "SELECT use, version, wrapped FROM center_keys WHERE wrapped IS NOT NULL ORDER BY use, version"
_THIS_KEY = "WHERE use = $1 AND version = $2"


async def edit_center_key(sql: Any, chance: Random) -> Done:
    """One bit of a wrapped key; or another id, so that what it sealed seems to be under no key."""
    row = await _any(sql, chance, _CENTER_KEYS)
    at = chance.randrange(len(row["wrapped"]))
    flipped = f"wrapped = set_byte(wrapped, {at}, get_byte(wrapped, {at}) # 1)"
    change = chance.choice([flipped, flipped, "id = set_byte(id, 0, get_byte(id, 0) # 1)"])
    await sql.execute(f"UPDATE center_keys SET {change} {_THIS_KEY}", row["use"], row["version"])
    return done("center_keys", f"{row['use']} {row['version']}", "does_not_open", "altered")


async def delete_center_key(sql: Any, chance: Random) -> Done:
    """The row, live or destroyed; or only the key in it."""
    live = chance.random() < 0.5
    row = await _any(sql, chance, _CENTER_KEYS if live else "SELECT use, version FROM center_keys ORDER BY 1, 2")
    away = "UPDATE center_keys SET wrapped = NULL, retired_at = 1" if live else "DELETE FROM center_keys"
    await sql.execute(f"{away} {_THIS_KEY}", row["use"], row["version"])
    return done("center_keys", f"{row['use']} {row['version']}", "missing")


async def swap_center_keys(sql: Any, chance: Random) -> Done:
    """Two keys are in each other's place, wrapped alone or with their ids."""
    one, other = chance.sample(await sql.fetch(f"SELECT id, {_CENTER_KEYS.removeprefix('SELECT ')}"), 2)
    whole = chance.random() < 0.5
    if whole:
        await sql.execute("ALTER TABLE center_keys DROP CONSTRAINT uq_center_keys_center_live_id CASCADE")
    for here, there in ((one, other), (other, one)):
        await sql.execute(
            f"UPDATE center_keys SET wrapped = $3, id = $4 {_THIS_KEY}",
            *(here["use"], here["version"], there["wrapped"], there["id"] if whole else here["id"]),
        )
    names = [f"{row['use']} {row['version']}" for row in (one, other)]
    return done("center_keys", names[0], "does_not_open", also=names[1])


async def add_center_key(sql: Any, chance: Random) -> Done:
    """A version that no rotation made; or the destroyed one is there again."""
    row = await _any(sql, chance, _CENTER_KEYS)
    if chance.random() < 0.5:
        await sql.execute(
            "INSERT INTO center_keys (center, use, version, id, wrapped, made_at) VALUES ($1, $2, 7, $3, $4, 1)",
            *(CENTER, row["use"], bytes(4), row["wrapped"]),
        )
        return done("center_keys", f"{row['use']} 7", "does_not_open")
    await sql.execute(
        f"UPDATE center_keys SET wrapped = $3, retired_at = NULL {_THIS_KEY}", "seal", 1, row["wrapped"]
    )
    return done("center_keys", "seal 1", "does_not_open")


_GLASS = "SELECT id::text AS id, note, alert, person FROM break_glass ORDER BY id"


async def edit_glass(sql: Any, chance: Random) -> Done:
    row = await _any(sql, chance, _GLASS)
    at = chance.randrange(len(row["note"]))
    stranger = "'00000000-0000-0000-0000-000000000000'::uuid"
    change = chance.choice(
        [
            *[f"note = set_byte(note, {at}, get_byte(note, {at}) # 1)"] * 4,
            *(f"alert = {stranger}", f"person = {stranger}", "reason = reason || 'x'"),
            *("acknowledged_at = 1, acknowledged_by = " + stranger, "reviewed_at = 1, reviewed_by = " + stranger),
        ]
    )
    await sql.execute(f"UPDATE break_glass SET {change} WHERE id = $1", row["id"])
    return done("break_glass", row["id"], "does_not_open", "altered")


async def forget_what_became_of_glass(sql: Any, chance: Random) -> Done:
    """Nobody took notice, nobody judged it, or they judged it otherwise."""
    row = await _any(sql, chance, "SELECT id::text AS id FROM break_glass WHERE outcome IS NOT NULL ORDER BY id")
    change = chance.choice(
        [
            "acknowledged_at = NULL, acknowledged_by = NULL",
            "reviewed_at = NULL, reviewed_by = NULL, outcome = NULL",
            "outcome = 'justified'",
        ]
    )
    await sql.execute(f"UPDATE break_glass SET {change} WHERE id = $1", row["id"])
    return done("break_glass", row["id"], "altered")


async def delete_glass(sql: Any, chance: Random) -> Done:
    row = await _any(sql, chance, _GLASS)
    await sql.execute("DELETE FROM break_glass WHERE id = $1", row["id"])
    return done("break_glass", row["id"], "missing")


async def swap_notes(sql: Any, chance: Random) -> Done:
    """Two notes exchange their ciphertexts."""
    one, other = chance.sample(await sql.fetch(_GLASS), 2)
    for here, there in ((one, other), (other, one)):
        await sql.execute("UPDATE break_glass SET note = $1 WHERE id = $2", there["note"], here["id"])
    return done("break_glass", one["id"], "does_not_open", also=other["id"])


async def add_glass(sql: Any, chance: Random) -> Done:
    """Glass that nobody broke: somebody would read under it."""
    row, new = await _any(sql, chance, _GLASS), str(UUID(int=chance.getrandbits(128)))
    await sql.execute(
        "INSERT INTO break_glass (id, center, alert, person, reason, note, opened_at, until)"
        " SELECT $1, center, alert, person, reason, note, opened_at, until FROM break_glass WHERE id = $2",
        *(new, row["id"]),
    )
    return done("break_glass", new, "unexpected")


ACTS: tuple[Act, ...] = (
    *(edit_detail, edit_detail, delete_detail, swap_details, add_detail, truncate_details),
    *(edit_key, delete_key, swap_keys, add_key),
    *(edit_place, empty_place, swap_places, seal_an_open_one),
    *(edit_center_key, edit_center_key, delete_center_key, swap_center_keys, add_center_key),
    *(edit_glass, edit_glass, forget_what_became_of_glass, delete_glass, swap_notes, add_glass),
)
