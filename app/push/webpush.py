"""Web push: wakes the phones of a unit that is asked, and says nothing but that.

A push service belongs to somebody else. It learns that a device was woken, and when; what it carries is the same
for every offer. Nobody relies on it: an offer that is not seen in time goes on to the next unit, pushed or not.
So a wake is sent once, by the process that wrote the offer, and never after the answer is due.
"""

import asyncio
import logging
import math
from collections.abc import Sequence
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from py_vapid import Vapid02
from pywebpush import WebPusher

from app.dispatch import events as e
from app.dispatch.events import Entry
from app.dispatch.model import OFFERS, Board
from app.gate.subscriptions import Listener
from app.security.push_key import push_key
from app.service import Service
from app.store.session import GONE

WAKE = b'{"kind":"offer"}'
"""All that a phone is told; what there is it asks with its session."""
TOPIC = "offer"
"""A push service that could not deliver keeps the newest of a topic only."""
TIMEOUT_S = 5.0
WAITING_MAX = 1_000
SENDERS = 16
TRIES = 3
AGAIN_AFTER_S = 1.0
TOKEN_S = 3_600.0
"""How long a push service may take our word for who we are."""
UNKNOWN = frozenset({404, 410})
"""A push service that answers so knows the device no more (RFC 8030)."""
LATER = frozenset({429, 500, 502, 503, 504})

_LOG = logging.getLogger("naranja.push")


class WebPush:
    """One for each process."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._contact = service.settings.answers_for_push
        self._key: EllipticCurvePrivateKey = push_key(service.sealer.push)
        # It logs every address it is given, and these are secrets of devices.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._http = httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, follow_redirects=False)
        self._waiting: asyncio.Queue[tuple[str, str]] = asyncio.Queue(WAITING_MAX)
        self._tasks: list[asyncio.Task[None]] = []
        if self._contact is not None:
            service.desk.listen_to_ours(self._heard)

    def start(self) -> None:
        """Begin to send; without anybody to write to there is nothing to send."""
        if self._contact is not None:
            self._tasks = [asyncio.create_task(self._run(), name=f"webpush {number}") for number in range(SENDERS)]

    async def stop(self) -> None:
        """End; what waits is not sent."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.aclose()

    def waiting(self) -> int:
        """Wakes that wait to be sent."""
        return self._waiting.qsize()

    def _heard(self, entries: Sequence[Entry], board: Board) -> None:
        """Note the offers among these that still stand. Does not wait."""
        for entry in entries:
            if isinstance(entry.event, e.Offered) and entry.event.assignment in board.assignments:
                try:
                    self._waiting.put_nowait((entry.event.unit, entry.event.assignment))
                except asyncio.QueueFull:
                    _LOG.error(
                        "too many offers wait to be pushed; this one is not", extra={"unit": entry.event.unit}
                    )

    async def _run(self) -> None:
        while True:
            unit, assignment = await self._waiting.get()
            try:
                await self._wake(unit, assignment)
            except GONE as problem:
                _LOG.warning("nobody woken: the database does not answer", extra={"error": type(problem).__name__})
            except Exception:  # noqa: BLE001  # said loudly; the next offer is pushed all the same
                _LOG.critical("a bug in web push; it goes on", exc_info=True)

    async def _wake(self, unit: str, assignment: str) -> None:
        """Wake the devices of everybody aboard. Who is of the unit and not of its shift is left in peace."""
        listeners = await self._service.ways.subscriptions.live_of(unit)
        board = await self._service.desk.board()
        crew = board.units[unit].crew if unit in board.units else ()
        for listener in listeners:
            if listener.login in crew:
                await self._send(listener, assignment)

    async def _left_s(self, assignment: str) -> int:
        """Whole seconds until the answer is due; 0: it is no offer any more."""
        desk = self._service.desk
        offer = (await desk.board()).assignments.get(assignment)
        if offer is None or offer.state not in OFFERS:
            return 0
        return max(0, math.ceil(offer.answer_by - desk.now()))

    async def _send(self, listener: Listener, assignment: str) -> None:
        """Give it to the push service, again while that is busy; a device it does not know is forgotten."""
        for tried in range(TRIES):
            left_s = await self._left_s(assignment)
            if left_s == 0:
                return
            answer = await self._post(listener, left_s)
            if answer is None or answer in LATER:
                await self._service.clock.sleep(AGAIN_AFTER_S * 2**tried)
                continue
            if answer in UNKNOWN:
                await self._service.ways.subscriptions.forget(listener)
            elif answer >= httpx.codes.MULTIPLE_CHOICES:
                _LOG.error("a push service refuses", extra={"session": listener.session, "status": answer})
            return
        _LOG.warning("a push service does not answer", extra={"session": listener.session})

    async def _post(self, listener: Listener, ttl_s: int) -> int | None:
        """Sealed for the device (RFC 8291), signed by us (RFC 8292). The status; None: there was no answer."""
        hears = listener.hears
        told = {"endpoint": hears.endpoint, "keys": {"p256dh": hears.p256dh, "auth": hears.auth}}
        parts = urlsplit(hears.endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int(self._service.clock.now() + TOKEN_S),
            "sub": self._contact,
        }
        headers = {
            **Vapid02(self._key).sign(claims),
            "Content-Encoding": "aes128gcm",
            "TTL": str(ttl_s),
            "Urgency": "high",
            "Topic": TOPIC,
        }
        body = WebPusher(told).encode(WAKE)["body"]
        try:
            # What it answers beside the status is not read: it may be anything, and of any length.
            async with self._http.stream("POST", hears.endpoint, content=body, headers=headers) as answer:
                return answer.status_code
        except httpx.HTTPError:
            return None
