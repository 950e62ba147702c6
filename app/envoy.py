"""Speaks with neighbouring centers: hands them a need nobody here accepts, and hears how it stands, both ways.

What is to be handed over stands on the board, so a restart forgets nothing, and any process may do it: the alert
raised over there gets its id from what it is for, so twice counts once. Each center writes its own log only.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_OID, uuid4, uuid5

import httpx

from app.clock import rfc3339
from app.desk import DeskBusy, NotSaved
from app.details import AVOID, PLACE
from app.dispatch import commands as c
from app.dispatch.model import OVER, Alert, Board, Need, Neighbour
from app.service import Service
from app.settings import NeighbourAddress

TIMEOUT_S = 10.0
"""A neighbour that does not answer within this is tried again in the next round."""
TOLD_ALONG = ("caller", "people", "safe_contact", AVOID)
"""Kinds of details that go along with a place: who goes there has to know them."""

_LOG = logging.getLogger("naranja.envoy")


class Envoy:
    """One for each process."""

    def __init__(self, service: Service) -> None:
        self._service = service
        settings = service.settings
        self._lines = {code: _Line(address) for code, address in settings.neighbours.items()}
        self._handing = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to go round; without neighbours there is nothing to do."""
        if self._lines:
            self._task = asyncio.create_task(self._run(), name="envoy")

    async def stop(self) -> None:
        """End, and hang up."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for line in self._lines.values():
            await line.close()

    def waiting(self) -> int:
        """Needs that a neighbour was asked for and has not answered, as of the last round."""
        return self._handing

    async def _run(self) -> None:
        while True:
            try:
                await self.round()
            except (NotSaved, DeskBusy) as problem:
                _LOG.warning("what a neighbour said could not be saved", extra={"error": type(problem).__name__})
            except Exception:  # noqa: BLE001  # said loudly; who stands still would leave a need with nobody
                _LOG.critical("a bug in the envoy; it goes on", exc_info=True)
            await asyncio.sleep(self._service.settings.neighbours_every_s)

    async def round(self) -> None:
        """1. Hand over what was asked for. 2. Hear of what was handed over. 3. Hear of what was handed here."""
        board = await self._service.desk.board()
        asked = [need.neighbour for _, need in board.open_needs() if need.neighbour is not None]
        self._handing = sum(neighbour.alert is None for neighbour in asked)
        for alert in list(board.alerts.values()):
            for need in alert.needs:
                if need.neighbour is not None and need.neighbour.center in self._lines and need.state not in OVER:
                    await self._tried(need.neighbour.center, self._hand_over(board, alert, need, need.neighbour))
            if alert.origin is not None and alert.origin.center in self._lines:
                await self._tried(alert.origin.center, self._hear_origin(alert))

    async def _tried(self, center: str, work: Any) -> None:
        try:
            await work
        except httpx.HTTPError as problem:
            _LOG.warning("a center does not answer", extra={"center": center, "error": type(problem).__name__})
        except c.Refusal as refusal:
            _LOG.warning("what a center said is refused here", extra={"center": center, "code": refusal.code})

    async def _hand_over(self, board: Board, alert: Alert, need: Need, asked: Neighbour) -> None:
        line = self._lines[asked.center]
        other = asked.alert or str(
            uuid5(NAMESPACE_OID, f"{board.center}/{alert.id}/{need.key}/{asked.asked_at!r}")
        )
        if asked.alert is None:
            await line.send("POST", "/api/neighbours/alerts", await self._body(alert, need, other))
        heard = await line.send("GET", f"/api/neighbours/alerts/{other}/needs/{need.institution.value}")
        await self._service.desk.perform(
            c.HearNeighbour(
                id=str(uuid4()),
                by=c.SERVICE,
                alert=alert.id,
                need=need.key,
                other=heard["alert"],
                folio=heard["folio"],
                state=heard["state"],
            )
        )

    async def _hear_origin(self, alert: Alert) -> None:
        origin = alert.origin
        if origin is None:
            return
        path = f"/api/neighbours/alerts/{origin.alert}/needs/{origin.need}"
        heard = await self._lines[origin.center].send("GET", path)
        if heard["state"] != origin.state:
            state = str(heard["state"])
            await self._service.desk.perform(
                c.HearOrigin(id=str(uuid4()), by=c.SERVICE, alert=alert.id, state=state)
            )

    async def _body(self, alert: Alert, need: Need, other: str) -> Mapping[str, Any]:
        """What the other desk has to know to send somebody; reading it is written down."""
        service = self._service
        told = await service.details.read(alert.id, by=c.SERVICE, what="neighbour", at=service.clock.now())
        newest = {detail.kind: detail.value for detail in told}
        return {
            "id": other,
            "alert": alert.id,
            "need": need.key,
            "folio": alert.folio,
            "institution": need.institution.value,
            "requires": list(need.requires),
            "children": need.children,
            "level": alert.level.value,
            "incident": alert.incident,
            "received_at": rfc3339(alert.received_at),
            "threat": dict(alert.threat),
            "keep_out": {
                "crew": sorted(alert.keep_out.crew),
                "agencies": sorted(alert.keep_out.agencies),
            },
            "where": newest.get(PLACE),
            **{kind: newest[kind] for kind in TOLD_ALONG if newest.get(kind) is not None},
        }


class _Line:
    """The way to one neighbour; signs in when it has to."""

    def __init__(self, address: NeighbourAddress) -> None:
        self._address = address
        self._http = httpx.AsyncClient(base_url=address.url, timeout=TIMEOUT_S, trust_env=False)
        self._token: str | None = None

    async def close(self) -> None:
        await self._http.aclose()

    async def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What the neighbour answers. Raises httpx.HTTPError where it does not, or refuses."""
        for again in (True, False):
            if self._token is None:
                self._token = await self._sign_in()
            headers = {"Authorization": f"Bearer {self._token}"}
            answer = await self._http.request(method, path, json=body, headers=headers)
            if answer.status_code != httpx.codes.UNAUTHORIZED or not again:
                break
            self._token = None
        answer.raise_for_status()
        return answer.json()

    async def _sign_in(self) -> str:
        said = {
            "login": self._address.login,
            "password": self._address.password.get_secret_value(),
            "as": "token",
        }
        answer = await self._http.post("/api/session", json=said)
        answer.raise_for_status()
        return str(answer.json()["token"])
