"""Real processes of the service before one real database, as strangers know them: a port each, signals, a log."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from tests.patience import PATIENCE_S
from tests.service_fixture import HERE

RETRIES_FOR_S = 20.0
"""How long a page goes on sending what is not settled, here."""
LATER = frozenset({408, 429, 500, 502, 503, 504})
"""What `isUnsettled` of the pages sends again under the same id."""


@dataclass(kw_only=True)
class Process:
    """One `naranja serve`."""

    child: asyncio.subprocess.Process
    port: int
    folder: Path
    environment: Mapping[str, str]
    printed: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws"

    def kill(self) -> None:
        self.child.send_signal(signal.SIGKILL)

    async def stop(self) -> int:
        """SIGTERM, and the status it ended with."""
        if self.child.returncode is None:
            self.child.terminate()
        return await self.child.wait()


async def start(database_url: str, folder: Path, *words: str, port: int = 0, **settings: Any) -> Process:
    """Start one; returns once it says its address."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "NARANJA_DATA_DIR": str(folder),
        "NARANJA_SECURE_COOKIES": "false",
        "NARANJA_DRAIN_S": "0.3",
        "COLUMNS": "200",
        **{f"NARANJA_{name.upper()}": str(value) for name, value in settings.items()},
    }
    log = (folder / "service.log").open("ab")
    try:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app.cli", "serve", "--port", str(port), *words),
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env=environment,
        )
    finally:
        log.close()
    process = Process(child=child, port=port, folder=folder, environment=environment)
    assert child.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        while True:
            line = (await child.stdout.readline()).decode()
            assert line, (folder / "service.log").read_text()[-2000:]
            process.printed.append(line.strip())
            if line.split()[0] == "address":
                process.port = int(line.rsplit(":", 1)[1])
                break
    return process


async def ready(process: Process, within_s: float = PATIENCE_S) -> dict[str, Any]:
    """Once `/readyz` says so: what it says."""
    async with asyncio.timeout(within_s), httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as client:
        while True:
            try:
                answer = await client.get(f"{process.url}/readyz")
            except httpx.HTTPError:
                await asyncio.sleep(0.05)
                continue
            if answer.status_code == 200:
                found: dict[str, Any] = answer.json()
                return found
            await asyncio.sleep(0.05)


@asynccontextmanager
async def several(count: int, database_url: str, folder: Path, **settings: Any) -> AsyncIterator[list[Process]]:
    """So many processes that share nothing but the database and the master key."""
    processes = list(await asyncio.gather(*(start(database_url, folder, **settings) for _ in range(count))))
    try:
        yield processes
    finally:
        for process in processes:
            if process.child.returncode is None:
                process.kill()
        await asyncio.gather(*(process.child.wait() for process in processes))


@dataclass(kw_only=True)
class Page:
    """A client that does as the pages do: what is not settled it sends again under the same id, anywhere."""

    processes: list[Process]
    token: str
    failed: list[str] = field(default_factory=list)
    again: int = 0
    _turn: int = 0

    async def raise_alert(self, client: httpx.AsyncClient) -> str | None:
        """The alert's id once it is saved; None, and noted in `failed`, where it is refused or takes too long."""
        alert, until = str(uuid4()), time.monotonic() + RETRIES_FOR_S
        said = {"id": alert, "where": HERE, "needs": ["police"]}
        why = "never asked"
        while time.monotonic() < until:
            self._turn += 1
            process = self.processes[self._turn % len(self.processes)]
            try:
                answer = await client.post(
                    f"{process.url}/api/alerts", json=said, headers={"Authorization": f"Bearer {self.token}"}
                )
            except httpx.HTTPError as problem:
                why = type(problem).__name__
            else:
                if answer.status_code == 201:
                    return alert
                why = f"{answer.status_code} {answer.text}"
                if answer.status_code not in LATER:
                    break
            self.again += 1
            await asyncio.sleep(0.05)
        self.failed.append(why)
        return None
