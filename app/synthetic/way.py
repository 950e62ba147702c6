"""The whole way of one alert, walked as an operator and a crew walk it: over HTTP and sockets, through two doors.

The call comes in at one door and the phone hangs at the other, as at two processes: so what passes between them
goes by the log and the bell, both ways.
"""

import json
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from .center import PLACE, UNIT, Tokens
from .door import Door

Json = dict[str, Any]
ANSWER_S = 10.0
"""How long one answer is waited for."""


class WrongWay(Exception):
    """It did not go the whole way; `at` says at which step: a code."""

    def __init__(self, at: str) -> None:
        super().__init__(at)
        self.at = at


class Way:
    """One round: `number` makes its ids, so that twice has the effect of once."""

    def __init__(self, intake: Door, units: Door, tokens: Tokens, number: int) -> None:
        self._intake, self._units, self._tokens = intake, units, tokens
        self._center, self._number = intake.service.settings.center, number
        self.step = "begin"
        """What is being done now."""

    async def walk(self) -> float:
        """1. A shift begins. 2. Raise. 3. The offer on the phone. 4. Accept; the phone is told where. 5. On scene,
        and the console sees it. 6. Done, closed, gone from both. 7. The shift ends.

        Seconds from the request that raised it to the offer on the phone. Raises WrongWay.
        """
        try:
            async with AsyncExitStack() as stack:
                return await self._walk(stack)
        except (httpx.HTTPError, OSError, WebSocketException) as problem:
            raise WrongWay(self.step) from problem

    async def _walk(self, stack: AsyncExitStack) -> float:
        desk = await stack.enter_async_context(_client(self._intake, self._tokens.operator))
        crew = await stack.enter_async_context(_client(self._units, self._tokens.unit))
        self.step = "connect"
        console = await stack.enter_async_context(_Screen(self._intake, self._tokens.operator))
        phone = await stack.enter_async_context(_Screen(self._units, self._tokens.unit))
        alert = self._id("alert")
        self.step = "duty"
        await self._said(crew.put, f"/api/units/{UNIT}/duty", "on", on=True)
        self.step = "raise"
        began = time.perf_counter()
        where = {"lat": PLACE.lat, "lon": PLACE.lon}
        told = await desk.post("/api/alerts", json={"id": alert, "where": where, "needs": ["police"]})
        told.raise_for_status()
        self.step = "offer"
        offer = await phone.card(lambda card: card.get("alert") == alert and card["state"] == "offered")
        took_s = time.perf_counter() - began
        await phone.received()
        own = f"/api/assignments/{offer['id']}"
        self.step = "accept"
        await self._said(crew.post, f"{own}/accept", "accept")
        await phone.card(lambda card: card["id"] == offer["id"] and (card["where"] or {}).get("lat") == PLACE.lat)
        self.step = "scene"
        await self._said(crew.post, f"{own}/en-route", "en-route")
        await self._said(crew.post, f"{own}/on-scene", "on-scene")
        await console.card(lambda card: card["id"] == alert and card["needs"][0]["state"] == "on_scene")
        self.step = "close"
        await self._said(crew.post, f"{own}/done", "done")
        over = {"disposition": "attended", "safe": "yes", "whereabouts": "home"}
        await self._said(desk.post, f"/api/alerts/{alert}/close", "close", **over)
        await console.gone(alert)
        await phone.gone(offer["id"])
        await self._said(crew.put, f"/api/units/{UNIT}/duty", "off", on=False)
        return took_s

    def _id(self, what: str) -> str:
        return str(uuid5(NAMESPACE_OID, f"{self._center}/{self._number}/{what}"))

    async def _said(
        self, send: Callable[..., Awaitable[httpx.Response]], path: str, what: str, **more: Any
    ) -> None:
        (await send(path, json={"id": self._id(what), **more})).raise_for_status()


class _Screen:
    """A socket that has said hello, and what it was shown."""

    def __init__(self, door: Door, token: str) -> None:
        self._token, self._seq = token, 0
        self._line = connect(
            f"ws://{door.address}/ws", proxy=None, ping_interval=None, compression=None, close_timeout=1
        )
        self._socket: ClientConnection | None = None
        self._gone: set[str] = set()

    async def __aenter__(self) -> "_Screen":
        self._socket = await self._line.__aenter__()
        await self._say(type="hello", last_seq=0, token=self._token)
        await self._cards()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._line.__aexit__(*error)

    async def card(self, wanted: Callable[[Json], bool]) -> Json:
        """The next card that is wanted."""
        while True:
            for card in await self._cards():
                if wanted(card):
                    return card

    async def gone(self, id: str) -> None:
        """Return once it is said that this card is gone."""
        while id not in self._gone:
            await self._cards()

    async def received(self) -> None:
        """The device has everything so far."""
        await self._say(type="received", seq=self._seq)

    async def _cards(self) -> list[Json]:
        """The cards of the next frame that has any; pings on the way are answered."""
        assert self._socket is not None
        while True:
            frame: Json = json.loads(await self._socket.recv())
            if frame["type"] == "ping":
                await self._say(type="pong")
            elif frame["type"] == "cards":
                self._seq = frame["seq"]
                self._gone.update(frame["gone"])
                return list(frame["cards"])

    async def _say(self, **frame: Any) -> None:
        assert self._socket is not None
        await self._socket.send(json.dumps(frame))


def _client(door: Door, token: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(base_url=f"http://{door.address}", headers=headers, trust_env=False, timeout=ANSWER_S)
