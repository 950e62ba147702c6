"""An operator who raises alerts until each is saved, and keeps what was answered."""

import asyncio
from pathlib import Path
from uuid import uuid4

import httpx

from chaos.ledger import Ledger
from chaos.referee import judge
from chaos.run import CENTER
from simulator.live.wire import Answer, Json, Sent
from tests.patience import PATIENCE_S
from tests.service_fixture import HERE, House

AGAIN_AFTER_S = 0.05


class Told:
    """What an operator of this house said and was answered."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house, self.ledger = house, Ledger(folder / "told.jsonl")
        self.refusals: list[tuple[int, str]] = []
        self._client: httpx.AsyncClient | None = None

    async def raises(self, count: int) -> None:
        """Raise so many alerts at once, each as often as it needs."""
        client = await self._operator()
        await asyncio.gather(*(self._raise(client) for _ in range(count)))

    async def tries(self, body: Json) -> httpx.Response:
        """Raise this alert once; what is answered counts if it is yes."""
        return await self._try(await self._operator(), body)

    async def _operator(self) -> httpx.AsyncClient:
        """One client for all; it waits longer than any promise, to see how long it really takes."""
        if self._client is None:
            self._client = await self.house.client("operator")
            self._client.timeout = PATIENCE_S
        return self._client

    async def missing(self, dsn: str) -> list[str]:
        """What was acknowledged and is not in this database, or twice."""
        verdict = await judge(dsn, CENTER, self.ledger.acknowledged)
        assert not verdict.unlike
        assert verdict.twice == verdict.over_capacity == 0
        return list(verdict.named)

    async def _raise(self, client: httpx.AsyncClient) -> None:
        body = an_alert()
        async with asyncio.timeout(PATIENCE_S):
            while (await self._try(client, body)).status_code != 201:  # noqa: ASYNC110
                await asyncio.sleep(AGAIN_AFTER_S)

    async def _try(self, client: httpx.AsyncClient, body: Json) -> httpx.Response:
        answer = await client.post("/api/alerts", json=body)
        if answer.status_code in {200, 201}:
            sent = Sent(token="operator", method="POST", path="/api/alerts", body=body)
            self.ledger.take(sent, Answer(status=answer.status_code, body=answer.json()))
        else:
            self.refusals.append((answer.status_code, answer.json()["code"]))
        return answer


def an_alert() -> Json:
    """A new alert at HERE."""
    return {"id": str(uuid4()), "where": HERE, "needs": ["police"]}
