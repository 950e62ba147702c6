"""What is asked of the database about a synthetic center: whose turn it is, when it last went well, and to go."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from .tables import events

CLOSED = "AlertClosed"
"""The last event of an alert that went the whole way."""


async def take_turn(connection: Any, center: str) -> bool:
    """Whether this connection (asyncpg) has the center for itself now, and has it as long as it stands."""
    took: bool = await connection.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", center)
    return took


async def last_success(connection: AsyncConnection, center: str) -> float | None:
    """When an alert of it last went the whole way (seconds since 1970 UTC), as far as its log goes back."""
    newest = select(events.c.at).where(events.c.center == center, events.c.kind == CLOSED)
    at: float | None = await connection.scalar(newest.order_by(events.c.seq.desc()).limit(1))
    return at


async def forget(connection: AsyncConnection, center: str) -> None:
    """Everything of the synthetic center goes. Raises a database error for any other center."""
    await connection.execute(select(func.forget_synthetic(center)))
