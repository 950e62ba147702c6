"""How the simulator's people speak HTTP with the service: a stranger with a token, patient and never twice.

A command that got no answer, or `not_saved`, is sent again with the same id; a refusal is final.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID, uuid5

import httpx

from app.geo import roads

type Json = dict[str, Any]

TRY_AGAIN = frozenset({408, 429, 502, 503, 504})
"""Answers that say: not now, ask again."""

PAUSE_S_MIN, PAUSE_S_MAX = 0.1, 2.0
"""Between two attempts, doubled each time; seconds of the wall, for it is the machine that is waited for."""

PATIENCE_S = 60.0
"""All pauses of one command together."""

TIMEOUT_S = 10.0
CONNECTIONS_MAX = 64

NO_ANSWER = 0
"""The status of an answer that never came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAddress:
    """Where a running service listens, and its road service if there is one."""

    base_url: str
    osrm_url: str | None = None

    @property
    def socket_url(self) -> str:
        return f"ws{self.base_url.rstrip('/').removeprefix('http')}/ws"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the service said; `attempts` counts how often it had to be asked."""

    status: int
    body: Json = field(default_factory=dict)
    attempts: int = 1

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def code(self) -> str:
        """A problem's stable code, "" for none."""
        return str(self.body.get("code", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A command as it was sent, and by whose token."""

    token: str
    method: str
    path: str
    body: Json


Witness = Callable[[Sent, Answer], None]
"""Told of every command that was answered, yes or no."""


class Wire:
    """Connections to one service, shared by everybody. `witness` hears of every command that was answered."""

    def __init__(self, service: ServiceAddress, witness: Witness | None = None) -> None:
        self.service = service
        self._witness = witness
        self._client = httpx.AsyncClient(
            base_url=service.base_url,
            timeout=TIMEOUT_S,
            trust_env=False,
            limits=httpx.Limits(
                max_connections=CONNECTIONS_MAX,
                max_keepalive_connections=CONNECTIONS_MAX,
                keepalive_expiry=roads.KEPT_ALIVE_S,
            ),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    def person(self, token: str, run: UUID) -> "Person":
        return Person(self._client, token, run, self._witness)


class Person:
    """One person's line. `run` is what the ids of this person's commands are made from."""

    def __init__(self, client: httpx.AsyncClient, token: str, run: UUID, witness: Witness | None = None) -> None:
        self.token, self._run = token, run
        self._client, self._witness = client, witness

    def command_id(self, *what: str) -> str:
        """The id of a command: the same in one run for the same thing."""
        return str(uuid5(self._run, "/".join(what)))

    async def get(self, path: str, **query: str) -> Answer:
        """Read something, as patiently as a command is sent."""
        return await self._ask("GET", path, None, query)

    async def send(self, method: str, path: str, body: Json) -> Answer:
        """Send a command; `body` holds its id, so asking again cannot do it twice."""
        answer = await self._ask(method, path, body, {})
        if self._witness is not None and answer.status != NO_ANSWER and answer.status not in TRY_AGAIN:
            self._witness(Sent(token=self.token, method=method, path=path, body=body), answer)
        return answer

    async def _ask(self, method: str, path: str, body: Json | None, query: Mapping[str, str]) -> Answer:
        """1. Ask. 2. No answer, or `not_saved`: pause and ask again. 3. Give up when patience is at an end."""
        pause_s, waited_s, attempts = PAUSE_S_MIN, 0.0, 0
        while True:
            attempts += 1
            answer = await self._once(method, path, body, query, attempts)
            if answer.status != NO_ANSWER and answer.status not in TRY_AGAIN:
                return answer
            if waited_s >= PATIENCE_S:
                return answer
            await asyncio.sleep(pause_s)
            waited_s += pause_s
            pause_s = min(PAUSE_S_MAX, 2 * pause_s)

    async def _once(
        self, method: str, path: str, body: Json | None, query: Mapping[str, str], attempts: int
    ) -> Answer:
        try:
            response = await self._client.request(
                method, path, json=body, params=query, headers={"Authorization": f"Bearer {self.token}"}
            )
        except httpx.TransportError:
            return Answer(status=NO_ANSWER, attempts=attempts)
        try:
            read = response.json()
        except ValueError:
            read = {}
        return Answer(status=response.status_code, body=read if isinstance(read, dict) else {}, attempts=attempts)
