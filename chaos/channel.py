"""A channel that loses, doubles and holds back single messages, between one who sends commands and the service.

TCP itself never does that; a phone's app, a proxy that tries again and a user who presses twice do.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from chaos.http import Client
from simulator.live.wire import TRY_AGAIN, Answer, Sent

WITHIN_S = 10.0
"""What an answer is waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """Shares of messages, 0 to 1, each drawn for itself: lost (there, and the answer on its way back), doubled,
    held back for up to `held_s`, so that later ones come first, also later tries of the same."""

    lost: float = 0.3
    doubled: float = 0.3
    held: float = 0.3
    held_s: float = 1.0


class Channel:
    """Carries commands, each copy to one of `urls`. `counted` says what became of the messages."""

    def __init__(self, urls: Sequence[str], odds: Odds, draw: Random) -> None:
        self.counted: Counter[str] = Counter()
        self._urls, self._odds, self._draw = urls, odds, draw
        self._client = Client(WITHIN_S)
        self._under_way: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Wait for what is still held back, then hang up."""
        await asyncio.gather(*self._under_way)
        await self._client.close()

    def send(self, sent: Sent) -> asyncio.Future[Answer]:
        """The first answer that comes back, if one ever does; nobody who stops waiting stops what is under way."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.counted["sent"] += 1
        copies = 1 + self._chance("doubled", self._odds.doubled)
        for _ in range(copies):
            task = asyncio.create_task(self._carry(sent, answer))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return answer

    async def _carry(self, sent: Sent, answer: asyncio.Future[Answer]) -> None:
        if self._chance("lost", self._odds.lost):
            return
        if self._chance("held", self._odds.held):
            await asyncio.sleep(self._draw.uniform(0, self._odds.held_s))
        self.counted["delivered"] += 1
        try:
            url = f"{self._draw.choice(self._urls)}{sent.path}"
            response = await self._client.request(sent.method, url, sent.token, sent.body)
        except (OSError, EOFError, TimeoutError):
            self.counted["broken"] += 1
            return
        if response.status in TRY_AGAIN:
            self.counted[f"status {response.status}"] += 1
            return
        if not self._chance("answers lost", self._odds.lost) and not answer.done():
            answer.set_result(Answer(status=response.status, body=response.body))

    def _chance(self, what: str, share: float) -> bool:
        happens = self._draw.random() < share
        self.counted[what] += happens
        return happens
