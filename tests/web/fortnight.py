"""A made-up fortnight in the log of a real service: a slow week, then a faster one, with calls nobody needed."""

import random
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from app.clock import HandClock, rfc3339
from tests.service_fixture import HERE, NORTH, House, Json

DAYS = 14
DAY_S = 86_400.0
CALLS_A_DAY = 5
PATROLS = {"P-1": HERE, "P-2": {"lat": 25.68, "lon": -100.32}, "P-3": NORTH}
SETTINGS: dict[str, Any] = {"session_idle_s": 1e8, "session_absolute_s": 1e8}
"""Sessions that last while the clock is moved by days."""


@dataclass(kw_only=True)
class Fortnight:
    """Who makes it. The clock is moved by hand, so the times of the log are those that were drawn."""

    house: House
    clock: HandClock
    chance: random.Random
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    async def passes(self) -> None:
        """Fourteen days from the clock's time on. The shifts are over then, and many alerts still open."""
        await self.house.on_duty(*PATROLS)
        for day in range(DAYS):
            began = self.clock.now()
            for call in range(CALLS_A_DAY):
                self._until(began + (call + self.chance.random()) * DAY_S * 0.9 / CALLS_A_DAY)
                await self._call(slower=1.0 if day < DAYS // 2 else 0.6)
            if day < DAYS - 1:
                self._until(began + DAY_S)
        await self.house.off_duty(*PATROLS)

    async def _call(self, slower: float) -> None:
        for unit, place in PATROLS.items():
            # None counts as lost after hours without a call.
            await self._say("put", unit, f"/api/units/{unit}/position", **place, accuracy_m=5, at=self._at())
        chance, where = self.chance, HERE if self.chance.random() < 0.6 else NORTH
        waited = chance.uniform(5, 80)
        receipt = await self._say(
            "post",
            "operator",
            "/api/alerts",
            where=where,
            needs=["police"],
            threat={"weapon_used": "yes"} if chance.random() < 0.25 else {},
            received_at=self._at(-waited),
            answered_at=self._at(-waited * 0.8),
        )
        alert = f"/api/alerts/{receipt['alert']}"
        if chance.random() < 0.1:
            self.clock.advance(5)
            await self._say("post", "operator", f"{alert}/cancel", reason="mistake")
            return
        assignment = await self.house.offered(receipt)
        unit = (await self.house.service.desk.board()).assignments[assignment].unit
        away_s = chance.lognormvariate(6.2, 0.5) * (1.5 if where is NORTH else 1.0)
        for step, seconds in (
            ("accept", chance.uniform(2, 9)),
            ("en-route", chance.uniform(10, 90) * slower),
            ("on-scene", away_s * slower),
            ("contact", 30.0),
            ("done", 900.0),
        ):
            self.clock.advance(round(seconds, 1))
            await self._say("post", unit, f"/api/assignments/{assignment}/{step}")
        if chance.random() < 0.5:
            await self._say("post", "operator", f"{alert}/order", outcome="issued")

    async def _say(self, method: str, who: str, path: str, **body: Any) -> Json:
        if who not in self.clients:
            self.clients[who] = await self.house.client(who)
        said = body if method == "put" else {"id": str(uuid4()), **body}
        answer = await self.clients[who].request(method, path, json=said)
        answer.raise_for_status()
        told: Json = answer.json() if answer.content else {}
        return told

    def _at(self, seconds: float = 0.0) -> str:
        return rfc3339(self.clock.now() + seconds)

    def _until(self, at: float) -> None:
        if at > self.clock.now():
            self.clock.advance(at - self.clock.now())
