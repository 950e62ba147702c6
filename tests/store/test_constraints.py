"""What must never be is refused by the database itself, whoever writes it."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

ALERTS = [UUID(int=number) for number in range(1, 5)]


@pytest_asyncio.fixture(loop_scope="session")
async def sql(url: str) -> AsyncIterator[Any]:
    """A plain connection to a center with four alerts, a patrol, and a shelter with two places."""
    connection: Any = await asyncpg.connect(url)
    await connection.execute("INSERT INTO centers (id, name, folio_prefix) VALUES ('main', 'Main', 'N')")
    for number, alert in enumerate(ALERTS):
        await connection.execute(
            "INSERT INTO alerts (id, center, folio, state, on_board, raised_at, body)"
            " VALUES ($1, 'main', $2, 'open', true, 0, '{}')",
            alert,
            f"N-{number}",
        )
    for code, capacity in (("P1", 1), ("R1", 2)):
        await connection.execute(
            "INSERT INTO units (center, code, capacity, listed, body) VALUES ('main', $1, $2, true, '{}')",
            code,
            capacity,
        )
    yield connection
    await connection.close()


async def assign(sql: Any, number: int, **row: Any) -> None:
    """Write an assignment; by default a live one of the first alert's police need in the patrol's one slot."""
    row = {"alert": ALERTS[0], "need": "police", "unit": "P1", "slot": 0, "capacity": 1, "live": True, **row}
    await sql.execute(
        "INSERT INTO assignments (id, center, alert, need, unit, slot, capacity, live, state, body)"
        " VALUES ($1, 'main', $2, $3, $4, $5, $6, $7, $8, $9)",
        UUID(int=100 + number),
        *(row[name] for name in ("alert", "need", "unit", "slot", "capacity", "live")),
        row.get("state", "offered"),
        "{}" if row["live"] else None,
    )


async def test_a_need_may_be_offered_to_two_units_and_is_accepted_by_one(sql: Any) -> None:
    await assign(sql, 1, unit="R1", capacity=2)
    await assign(sql, 2)
    await sql.execute("UPDATE assignments SET state = 'accepted' WHERE unit = 'R1'")
    with pytest.raises(asyncpg.UniqueViolationError, match="uq_assignments_live_need"):
        await sql.execute("UPDATE assignments SET state = 'accepted' WHERE unit = 'P1'")


@pytest.mark.parametrize("state", ["accepted", "en_route", "on_scene"])
async def test_who_is_on_the_way_for_a_need_is_alone_in_it(sql: Any, state: str) -> None:
    await assign(sql, 1, unit="R1", capacity=2, state="accepted")
    with pytest.raises(asyncpg.UniqueViolationError, match="uq_assignments_live_need"):
        await assign(sql, 2, state=state)


async def test_a_need_is_offered_to_one_unit_once_at_a_time(sql: Any) -> None:
    await assign(sql, 1, unit="R1", capacity=2)
    with pytest.raises(asyncpg.UniqueViolationError, match="uq_assignments_live_offer"):
        await assign(sql, 2, unit="R1", capacity=2, slot=1)


async def test_a_need_may_have_had_many_that_are_over(sql: Any) -> None:
    for number in range(3):
        await assign(sql, number, live=False, capacity=None)
    await assign(sql, 9)


async def test_a_slot_is_held_once(sql: Any) -> None:
    await assign(sql, 1, unit="R1", capacity=2, slot=1)
    with pytest.raises(asyncpg.UniqueViolationError, match="uq_assignments_live_slot"):
        await assign(sql, 2, alert=ALERTS[1], unit="R1", capacity=2, slot=1)


@pytest.mark.parametrize("slot", [-1, 1, 7])
async def test_there_is_no_slot_outside_the_units_capacity(sql: Any, slot: int) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="within_capacity"):
        await assign(sql, 1, slot=slot)


@pytest.mark.parametrize("capacity", [2, 200])
async def test_an_assignment_cannot_claim_a_larger_capacity_than_the_unit_has(sql: Any, capacity: int) -> None:
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await assign(sql, 1, slot=1, capacity=capacity)


async def test_a_capacity_cannot_fall_below_a_slot_that_is_held(sql: Any) -> None:
    await assign(sql, 1, unit="R1", capacity=2, slot=1)
    with pytest.raises(asyncpg.CheckViolationError, match="within_capacity"):
        await sql.execute("UPDATE units SET capacity = 1 WHERE code = 'R1'")


async def test_a_capacity_can_grow_and_can_fall_above_what_is_held(sql: Any) -> None:
    await assign(sql, 1, unit="R1", capacity=2, slot=0)
    for capacity in (5, 1):
        await sql.execute("UPDATE units SET capacity = $1 WHERE code = 'R1'", capacity)
        assert await sql.fetchval("SELECT capacity FROM assignments") == capacity


async def test_a_live_assignment_counts_and_one_that_is_over_does_not(sql: Any) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match=r"within_capacity|live_counts"):
        await assign(sql, 1, capacity=None)
    with pytest.raises(asyncpg.CheckViolationError, match="live_counts"):
        await assign(sql, 1, live=False)


async def test_a_folio_is_given_once_in_a_center(sql: Any) -> None:
    with pytest.raises(asyncpg.UniqueViolationError, match="uq_alerts_center_folio"):
        await sql.execute("UPDATE alerts SET folio = 'N-0' WHERE id = $1", ALERTS[1])


async def test_a_place_in_the_log_is_taken_once(sql: Any) -> None:
    write = (
        "INSERT INTO events (center, seq, at, by, command, kind, body, hash)"
        " VALUES ('main', $1, 0, 'x', 'y', 'UnitHeard', '{}', '')"
    )
    await sql.execute(write, 1)
    with pytest.raises(asyncpg.UniqueViolationError, match="pk_events"):
        await sql.execute(write, 1)
    with pytest.raises(asyncpg.CheckViolationError, match="seq_positive"):
        await sql.execute(write, 0)


async def test_a_command_is_answered_once_in_a_center(sql: Any) -> None:
    write = "INSERT INTO answers (center, command, digest, receipt) VALUES ('main', 'c1', '', '{}')"
    await sql.execute(write)
    with pytest.raises(asyncpg.UniqueViolationError, match="pk_answers"):
        await sql.execute(write)


async def test_an_assignment_of_an_unknown_unit_or_alert_cannot_be_live(sql: Any) -> None:
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await assign(sql, 1, unit="P9")
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await assign(sql, 1, alert=UUID(int=99))


@pytest.mark.parametrize(
    ("role", "unit"), [("unit", None), ("shelter", None), ("operator", "P1"), ("admin", "P1")]
)
async def test_a_person_of_role_unit_and_nobody_else_has_a_unit(sql: Any, role: str, unit: str | None) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="unit_has_a_unit"):
        await sql.execute(
            "INSERT INTO people (id, center, login, role, unit) VALUES ($1, 'main', 'x', $2, $3)",
            UUID(int=1),
            role,
            unit,
        )


async def test_a_name_of_a_household_is_one_hashs_only(sql: Any) -> None:
    write = "INSERT INTO households (center, hash, token) VALUES ('main', $1, $2)"
    await sql.execute(write, b"one", UUID(int=1))
    with pytest.raises(asyncpg.UniqueViolationError, match="pk_households"):
        await sql.execute(write, b"one", UUID(int=2))
    with pytest.raises(asyncpg.UniqueViolationError, match="uq_households_token"):
        await sql.execute(write, b"two", UUID(int=1))
