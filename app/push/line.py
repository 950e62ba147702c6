"""One open socket from the hub's side: who listens, and what waits to be sent. It never makes anybody wait."""

import asyncio
from typing import Any

import msgspec

from app import traces
from app.security.sessions import Viewer

_ENCODER = msgspec.json.Encoder()


def frame(kind: str, **fields: Any) -> str:
    """A frame as text."""
    return _ENCODER.encode({"type": kind, **fields}).decode()


class Line:
    """A bounded queue of frames. Full means that the other side is too slow: the line is cut, and it resumes."""

    def __init__(self, viewer: Viewer, session: bytes, queue_max: int) -> None:
        self.viewer, self.session = viewer, session
        self.shown: dict[str, int] = {}
        """Assignments shown on this line and the sequence they were first shown with (units only)."""
        self._queue: asyncio.Queue[tuple[str, traces.Around | None]] = asyncio.Queue(maxsize=queue_max)
        self.trace: traces.Around | None = None
        """Where the frame that was taken last comes from; of a ping, nowhere."""
        self.telling = asyncio.Lock()
        """Held while details are read for it, so that what was read first is sent first (units only)."""
        self.alerts: set[str] = set()
        """Alerts shown on it and not gone since (consoles only)."""
        self.places = 0
        """Places of alerts shown on it that are not written down yet (consoles only)."""
        self.cut: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done once the line is cut; `cut_why` says why."""
        self.cut_why = ""

    def send(self, text: str) -> None:
        """Queue a frame; a full queue cuts the line."""
        if self.cut.done():
            return
        try:
            self._queue.put_nowait((text, traces.here()))
        except asyncio.QueueFull:
            self.end("too_slow")

    def end(self, why: str) -> None:
        """Cut the line; `why` is a stable code."""
        if not self.cut.done():
            self.cut_why = why
            self.cut.set_result(None)

    @property
    def waiting(self) -> int:
        """Frames that wait to be sent."""
        return self._queue.qsize()

    async def next(self) -> str:
        """The next frame to send."""
        text, self.trace = await self._queue.get()
        return text
