"""An operator in a hurry: raises an alert under one id until it is saved, looks at the clock, and cancels it."""

import asyncio
import time
from dataclasses import dataclass
from uuid import uuid4

import httpx

from app.geo.point import Point
from chaos.ledger import Ledger
from chaos.servers import stranger
from simulator.live.wire import TRY_AGAIN, Answer, Json, Sent

AGAIN_AFTER_S = 0.05
WITHIN_S = 60.0
CANCELLED_WITHIN_S = 300.0
"""The service it was raised at may be killed again and again."""
ATTEMPT_S = 10.0
"""What a page waits for an answer before it asks again."""
PATIENCE_S = 40.0
"""Of one who wants to see how long an answer really takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What an operator was told: whether it is saved, and the status and code of it."""

    saved: bool
    words: str


class Probe:
    """Raises alerts at `place`, signed in by `token`; what is answered goes into the ledger like everybody's.

    Each is cancelled afterwards, so that crews have time for the calls of others. `internal` counts answers that
    say the service has met a bug: they are no answer, and there should be none.
    """

    def __init__(self, token: str, place: Point, ledger: Ledger) -> None:
        self._token, self._ledger = token, ledger
        self._where: Json = {"lat": place.lat, "lon": place.lon, "accuracy_m": 30}
        self._client = stranger(ATTEMPT_S)
        self._cancelling: set[asyncio.Task[Answer]] = set()
        self.internal = 0

    async def close(self) -> None:
        """Wait for what is being cancelled, and hang up."""
        await asyncio.gather(*self._cancelling)
        await self._client.aclose()

    async def saved_after(self, began: float, url: str, within_s: float = WITHIN_S) -> float:
        """Seconds from `began` (time.monotonic) until an alert sent now to `url` is saved. Raises TimeoutError."""
        sent = self._alert()
        answer = await self._insist(url, sent, within_s)
        took_s = time.monotonic() - began
        if answer.status != httpx.codes.CREATED:
            raise ValueError(f"an alert was refused: {answer.body}")
        self._cancel_later(url, sent)
        return took_s

    async def asks(self, url: str) -> Said:
        """Raise an alert once, and wait for what is said for as long as it takes, `PATIENCE_S` at most."""
        sent = self._alert()
        try:
            response = await self._send(url, sent, PATIENCE_S)
        except httpx.TransportError as problem:
            return Said(saved=False, words=f"no answer: {type(problem).__name__}")
        body = response.json()
        saved = response.status_code == httpx.codes.CREATED
        if saved:
            self._ledger.take(sent, Answer(status=response.status_code, body=body))
            self._cancel_later(url, sent)
        return Said(saved=saved, words=f"{response.status_code} {body.get('code', 'saved')}")

    async def _insist(self, url: str, sent: Sent, within_s: float) -> Answer:
        """Send it until it is answered. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while (answer := await self._ask(url, sent)) is None:  # noqa: ASYNC110
                await asyncio.sleep(AGAIN_AFTER_S)
        self._ledger.take(sent, answer)
        return answer

    def _cancel_later(self, url: str, raised: Sent) -> None:
        body: Json = {"id": str(uuid4()), "reason": "mistake"}
        sent = Sent(token=self._token, method="POST", path=f"{raised.path}/{raised.body['id']}/cancel", body=body)
        # Refused, where somebody was there sooner, is an answer as well.
        task = asyncio.create_task(self._insist(url, sent, CANCELLED_WITHIN_S))
        self._cancelling.add(task)
        task.add_done_callback(self._cancelling.discard)

    async def _ask(self, url: str, sent: Sent) -> Answer | None:
        """The answer, if it was saved."""
        try:
            response = await self._send(url, sent, ATTEMPT_S)
        except httpx.TransportError:
            return None
        if response.status_code == httpx.codes.INTERNAL_SERVER_ERROR:
            self.internal += 1
        if response.status_code in TRY_AGAIN or response.status_code == httpx.codes.INTERNAL_SERVER_ERROR:
            return None
        return Answer(status=response.status_code, body=response.json())

    def _alert(self) -> Sent:
        body: Json = {"id": str(uuid4()), "where": self._where, "needs": ["police"]}
        return Sent(token=self._token, method="POST", path="/api/alerts", body=body)

    async def _send(self, url: str, sent: Sent, within_s: float) -> httpx.Response:
        return await self._client.request(
            sent.method,
            f"{url}{sent.path}",
            json=sent.body,
            headers={"Authorization": f"Bearer {sent.token}"},
            timeout=within_s,
        )
