"""What PostgreSQL and the service themselves say of the records afterwards: amcheck, and the hash chain."""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import msgspec

from chaos.servers import PROJECT

AMCHECK = (
    "SELECT count(bt_index_check(c.oid, true)) FROM pg_class c JOIN pg_am a ON a.oid = c.relam"
    " WHERE c.relkind = 'i' AND a.amname = 'btree' AND c.relpersistence <> 't'",
    "SELECT count(found.msg) FROM pg_class c, LATERAL verify_heapam(c.oid) found"
    " WHERE c.relkind = 'r' AND c.relpersistence <> 't'",
)
"""Every b-tree with every row of its table; every table. The first raises where something is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Whether they are whole, and in words what is not."""

    chain_verifies: bool
    amcheck_clean: bool
    said: str


async def check_records(dsn: str, environment: Mapping[str, str], data: Path) -> Records:
    """Ask both; no service needs to run."""
    damage = await _amcheck(dsn)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app.cli", "db", "verify", "--json"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**environment, "PYTHONPATH": str(PROJECT), "NARANJA_DATA_DIR": str(data), "PATH": ""},
        cwd=data,
    )
    said, complained = await process.communicate()
    well = process.returncode == 0 and bool(msgspec.json.decode(said)["well"])
    words = "" if well else (said or complained).decode(errors="replace")[-2_000:]
    return Records(chain_verifies=well, amcheck_clean=not damage, said="; ".join(filter(None, (damage, words))))


async def _amcheck(dsn: str) -> str:
    """What is damaged, in words; "" for nothing. The extension comes with the wheel of PostgreSQL."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS amcheck")
        await connection.fetchval(AMCHECK[0])
        bad = await connection.fetchval(AMCHECK[1])
    except asyncpg.PostgresError as problem:
        return f"{type(problem).__name__}: {problem}"
    finally:
        await connection.close()
    return f"{bad} rows are not whole" if bad else ""
