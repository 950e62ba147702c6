"""Three processes are restarted one after the other under load, and nobody who calls is turned away."""

import asyncio
from pathlib import Path

import asyncpg
import httpx

from tests.patience import PATIENCE_S
from tests.service_fixture import House

from .processes import Page, Process, ready, several, start

AT_ONCE = 4


async def test_a_rolling_restart_of_three_processes_under_load_fails_no_intake(
    house: House, database_url: str, tmp_path: Path
) -> None:
    async with several(3, database_url, tmp_path) as processes:
        page = Page(processes=processes, token=house.tokens["operator"])
        stopped, saved = asyncio.Event(), list[str]()

        async def calls(client: httpx.AsyncClient) -> None:
            while not stopped.is_set():
                alert = await page.raise_alert(client)
                if alert is not None:
                    saved.append(alert)

        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as client:
            load = [asyncio.create_task(calls(client)) for _ in range(AT_ONCE)]
            for place in range(3):
                before = len(saved)
                old = processes[place]
                assert await old.stop() in {0, -15}
                processes[place] = await start(database_url, tmp_path, port=old.port)
                await ready(processes[place])
                assert len(saved) > before, "nobody was served meanwhile"
            stopped.set()
            await asyncio.gather(*load)
        assert page.failed == []
    assert page.again > 0, "no request ever met a process that was stopping: the test shows nothing"
    connection = await asyncpg.connect(database_url)
    try:
        kept = await connection.fetch("SELECT id::text FROM alerts")
    finally:
        await connection.close()
    assert {row["id"] for row in kept} >= set(saved)


async def test_a_process_told_to_stop_is_unready_and_sends_everything_new_elsewhere(
    house: House, database_url: str, tmp_path: Path
) -> None:
    async with (
        several(1, database_url, tmp_path, drain_s=3) as (process,),
        httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as client,
        house.phone("P-1", url=process.socket_url) as phone,
    ):
        await phone.next("cards")
        await ready(process)
        process.child.terminate()
        assert await phone.closed() == 1012
        assert phone.heard[-1]["code"] == "service_stops"
        looked = await client.get(f"{process.url}/readyz")
        assert (looked.status_code, looked.json()["status"]) == (503, "draining")
        refused = await intake(client, process, house.tokens["operator"])
        assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (
            503,
            "draining",
            "1",
        )
        assert refused.headers["connection"] == "close"
        async with house.socket(url=process.socket_url) as late:
            assert await late.closed() == 1012
        assert await process.child.wait() in {0, -15}


async def intake(client: httpx.AsyncClient, process: Process, token: str) -> httpx.Response:
    return await client.post(f"{process.url}/api/alerts", json={}, headers={"Authorization": f"Bearer {token}"})
