"""Looking through everything a database keeps, as somebody would who had stolen it, and at who has read what."""

import base64
from typing import Any

import asyncpg
from sqlalchemy import select

from app.store.tables import audit

from .center import Center, Raised

Rows = dict[str, list[str]]


async def every_row(url: str) -> Rows:
    """Table -> every row of it as text; bytes stand there in hexadecimal."""
    connection: Any = await asyncpg.connect(url)
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {
            name: [row[0] for row in await connection.fetch(f'SELECT t::text FROM "{name}" AS t')]
            for name in sorted(row["tablename"] for row in tables)
        }
    finally:
        await connection.close()


def found_in(rows: Rows, secret: str) -> list[str]:
    """The tables in which the secret stands: in the clear, as bytes, or in base64."""
    ways = [secret, secret.encode().hex(), base64.b64encode(secret.encode()).decode().rstrip("=")[:-1]]
    return [name for name, texts in rows.items() if any(way in text for text in texts for way in ways)]


async def reads(center: Center, alert: Raised) -> list[dict[str, Any]]:
    """What is written down of who looked at this alert."""
    async with center.service.database.transaction() as connection:
        rows = await connection.execute(
            select(audit.c.by, audit.c.what, audit.c.at, audit.c.said)
            .where(audit.c.alert == alert.id)
            .order_by(audit.c.seq)
        )
        return [dict(row._mapping) for row in rows]
