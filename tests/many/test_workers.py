"""`naranja serve --workers`: several processes on one port, watched over by their parent."""

import os
import signal
from pathlib import Path

import httpx

from tests.children.looking import children, lives
from tests.patience import PATIENCE_S, until
from tests.service_fixture import House

from .processes import Process, ready, start


def workers_of(process: Process) -> list[int]:
    """The processes that serve: children of the fork server, which is the one child of what was started."""
    return [worker for server in children(process.child.pid) for worker in children(server)]


async def test_workers_share_a_port_one_that_is_killed_is_started_again_and_all_stop_together(
    house: House, database_url: str, tmp_path: Path
) -> None:
    process = await start(database_url, tmp_path, "--workers", "2")
    try:
        await ready(process)
        first = workers_of(process)
        assert len(first) == 2
        os.kill(first[0], signal.SIGKILL)

        async def again() -> bool:
            now = workers_of(process)
            return len(now) == 2 and first[0] not in now

        await until(again)
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as client:
            for _ in range(10):
                assert (await client.get(f"{process.url}/healthz")).status_code == 200
        workers = workers_of(process)
    finally:
        status = await process.stop()
    assert status == 0
    assert not any(lives(pid) for pid in workers)


async def test_workers_do_not_outlive_a_parent_that_is_killed(
    house: House, database_url: str, tmp_path: Path
) -> None:
    process = await start(database_url, tmp_path, "--workers", "2")
    await ready(process)
    workers = workers_of(process)
    process.kill()
    await process.child.wait()

    async def none_lives() -> bool:
        return not any(lives(pid) for pid in workers)

    await until(none_lives)
