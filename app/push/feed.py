"""The bell: PostgreSQL says that something was written, and the desk looks. A poll is the safety net under it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from app.children.problem import ChildError
from app.service import Service
from app.store.commit import BELL
from app.store.glass import GLASS
from app.store.log import KEYS, REGION
from app.store.session import GONE

AGAIN_AFTER_S = 1.0
"""How long to wait before listening again after the connection fell."""

_LOG = logging.getLogger("naranja.feed")


class Feed:
    """One for each process: one connection that listens, whatever the number of sockets."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._tasks: list[asyncio.Task[None]] = []
        self._region_changed, self._keys_changed = asyncio.Event(), asyncio.Event()
        self._glass_changed = asyncio.Event()

    def start(self) -> None:
        """Begin to listen and to poll."""
        self._tasks = [
            asyncio.create_task(self._listen(), name="bell"),
            asyncio.create_task(self._poll(), name="poll"),
            asyncio.create_task(self._reload("region", self._region_changed, self._service.reload_region)),
            asyncio.create_task(self._reload("keys", self._keys_changed, self._service.details.learn_keys)),
            asyncio.create_task(self._look_at_glass(), name="glass"),
        ]

    async def stop(self) -> None:
        """End it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            try:
                connection = await self._service.database.connect()
                try:
                    fell = asyncio.Event()
                    connection.add_termination_listener(lambda _, fell=fell: fell.set())
                    await connection.add_listener(BELL, self._rang)
                    # Whatever rang while nobody listened was not heard.
                    self._region_changed.set()
                    self._keys_changed.set()
                    self._service.desk.look()
                    await fell.wait()
                finally:
                    connection.terminate()
            except GONE as problem:
                _LOG.warning("the bell is silent", extra={"error": type(problem).__name__})
            await asyncio.sleep(AGAIN_AFTER_S)

    def _rang(self, _connection: Any, _pid: int, _channel: str, payload: Any) -> None:
        center, _, what = str(payload).rpartition(":")
        if center != self._service.settings.center:
            return
        if what == REGION:
            self._region_changed.set()
        elif what == KEYS:
            self._keys_changed.set()
        elif what == GLASS:
            self._glass_changed.set()
        if what.isdecimal():
            self._service.desk.rang(int(what))
        else:
            self._service.desk.look()

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(self._service.settings.poll_every_s)
            self._service.desk.look()
            self._glass_changed.set()

    async def _reload(self, what: str, changed: asyncio.Event, read: Callable[[], Awaitable[object]]) -> None:
        """Read it again whenever it has changed, until it was read."""
        while True:
            await changed.wait()
            changed.clear()
            try:
                await read()
            except (*GONE, ChildError) as problem:
                _LOG.warning(
                    "what changed is not read again", extra={"kind": what, "error": type(problem).__name__}
                )
                changed.set()
                await asyncio.sleep(AGAIN_AFTER_S)

    async def _look_at_glass(self) -> None:
        """At the start, when the bell says so, and with each poll."""
        while True:
            try:
                await self._service.glass.look()
            except GONE as problem:
                _LOG.warning("notices not looked at", extra={"error": type(problem).__name__})
            await self._glass_changed.wait()
            self._glass_changed.clear()
