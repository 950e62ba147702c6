"""`naranja chaos --messages N`: commands through a channel that loses, doubles and reorders are applied once."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from uuid import UUID

from app.children.postgres import EmbeddedPostgres
from app.geo.point import Point
from chaos.channel import Channel, Odds
from chaos.checks import Records, check_records
from chaos.ledger import Ledger
from chaos.referee import Verdict, judge
from chaos.run import CENTER
from chaos.system import Ground, system
from simulator.live.wire import Json, Sent
from simulator.randomness import stream

STORIES_AT_ONCE = 10
"""Each has up to `NOTES` commands under way, most of which are waited for. Few alerts are open at once: nobody is
on duty, and with every command the desk looks again at each need that nobody has."""
AGAIN_AFTER_S = 0.4
"""A sender that has heard nothing for so long sends the same command again; each time it waits twice as long."""
AGAIN_AFTER_S_MAX = 5.0
NOTES = 200
"""Notes told of each alert, between raising and cancelling it: who is last of them is waited for longest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesResult:
    """What became of the messages, and of the commands they carried.

    Attributes:
        commands: different commands; acknowledged, refused: how they were answered in the end.
        counted: what the channel did; see `Channel`.
        changed: commands that were given two different answers.
    """

    commands: int
    acknowledged: int
    refused: int
    changed: int
    counted: dict[str, int]
    per_s: float
    verdict: Verdict
    records: Records


async def messages(
    ground: Ground, folder: Path, count: int, *, services: int, seed: int, odds: Odds | None = None
) -> MessagesResult:
    """Send `count` commands, each until it is answered, and compare. Nobody is on duty: nothing else happens."""
    ledger = Ledger(folder / "ledger.jsonl")
    draw = stream(seed, "messages")
    try:
        async with (
            EmbeddedPostgres(ground.data / "postgres") as postgres,
            system(ground, folder, services, postgres.dsn()) as running,
        ):
            channel = Channel([server.url for server in running.servers], odds or Odds(), draw)
            began = time.monotonic()
            senders = Senders(ground.tokens["operator-1"], ground.city.corners, channel, ledger, draw, count)
            await senders.run()
            per_s = count / (time.monotonic() - began)
            await channel.close()
            await asyncio.gather(*(server.stop() for server in running.servers))
            verdict = await judge(running.dsn, CENTER, ledger.acknowledged)
            records = await check_records(running.dsn, running.environment, ground.data)
    finally:
        ledger.close()
    return MessagesResult(
        commands=len(ledger.answered),
        acknowledged=len(ledger.acknowledged),
        refused=len(ledger.answered) - len(ledger.acknowledged),
        changed=len(set(ledger.changed)),
        counted=dict(channel.counted),
        per_s=round(per_s, 1),
        verdict=verdict,
        records=records,
    )


class Senders:
    """Each raises an alert, tells notes of it, all at once, and cancels it; then the next, until enough is sent.

    `token` is an operator's.
    """

    def __init__(
        self, token: str, places: Sequence[Point], channel: Channel, ledger: Ledger, draw: Random, count: int
    ) -> None:
        self._token, self._places, self._channel = token, places, channel
        self._ledger, self._draw = ledger, draw
        self._left = count

    async def run(self) -> None:
        """Return when every command has its answer."""
        async with asyncio.TaskGroup() as group:
            for _ in range(STORIES_AT_ONCE):
                group.create_task(self._tell_stories())

    async def _tell_stories(self) -> None:
        while self._take():
            place = self._draw.choice(self._places)
            alert = self._id()
            where = {"lat": place.lat, "lon": place.lon, "accuracy_m": 30}
            await self._send("/api/alerts", {"id": alert, "where": where, "needs": ["police"]})
            path = f"/api/alerts/{alert}"
            notes = [{"id": self._id(), "text": f"note {number}"} for number in range(NOTES) if self._take()]
            await asyncio.gather(*(self._send(f"{path}/notes", note) for note in notes))
            if self._take():
                await self._send(f"{path}/cancel", {"id": self._id(), "reason": "mistake"})

    async def _send(self, path: str, body: Json) -> None:
        """As often as it needs. Answers to earlier tries count, too."""
        sent = Sent(token=self._token, method="POST", path=path, body=body)
        waiting, patience_s = {self._channel.send(sent)}, AGAIN_AFTER_S
        while True:
            heard, _ = await asyncio.wait(waiting, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
            if heard:
                break
            waiting.add(self._channel.send(sent))
            patience_s = min(2 * patience_s, AGAIN_AFTER_S_MAX)
        for answer in heard:
            self._ledger.take(sent, answer.result())

    def _take(self) -> bool:
        self._left -= 1
        return self._left >= 0

    def _id(self) -> str:
        return str(UUID(int=self._draw.getrandbits(128), version=4))
