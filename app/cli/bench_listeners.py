"""Many open sockets in a process of their own, which says when the last of them has heard.

What is open in one process is limited; so one holds the sockets of one server. It is asked on its standard input
and answers on its output, a line each; its clock is the machine's monotonic one, the same for every process.
"""

import asyncio
import sys
import time
from typing import Self

import msgspec
from websockets.asyncio.client import ClientConnection, connect

OPENED_AT_ONCE = 50
OPEN, LISTENING = "open", "listening"


class Wanted(msgspec.Struct):
    """So many sockets to there; where they say hello, each has had everything it is shown at first."""

    url: str
    count: int
    hello: str | None = None


class Listeners:
    """The other side: the process and what it is asked."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def open(cls, wanted: Wanted) -> Self:
        """Return once all sockets are open."""
        begin = f"from {__name__} import main; main()"
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", begin, stdin=pipe, stdout=pipe)
        listeners = cls(process)
        await listeners._asked(msgspec.json.encode(wanted).decode(), OPEN)
        return listeners

    async def hear(self, named: str) -> "asyncio.Task[float]":
        """Return once they listen: what is awaited then is when (monotonic) the last had a frame that names it."""
        await self._asked(named, LISTENING)
        return asyncio.create_task(self._moment())

    def close(self) -> None:
        """End it; thousands of farewells would be waited for."""
        self._process.kill()

    async def _asked(self, line: str, answer: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        if (said := await self._line()) != answer:
            raise RuntimeError(f"the listeners said {said!r} and not {answer!r}")

    async def _moment(self) -> float:
        return float(await self._line())

    async def _line(self) -> str:
        assert self._process.stdout is not None
        return (await self._process.stdout.readline()).decode().strip()


async def _opened(wanted: Wanted) -> ClientConnection:
    opened = await connect(
        wanted.url, proxy=None, ping_interval=None, compression=None, max_size=None, open_timeout=60
    )
    if wanted.hello is not None:
        await opened.send(wanted.hello)
        await opened.recv()
    return opened


async def _heard(line: ClientConnection, named: str) -> float:
    while named not in str(await line.recv()):
        pass
    return time.monotonic()


async def _listen() -> None:
    wanted = msgspec.json.decode(sys.stdin.readline(), type=Wanted)
    lines: list[ClientConnection] = []
    while len(lines) < wanted.count:
        together = min(OPENED_AT_ONCE, wanted.count - len(lines))
        lines += await asyncio.gather(*(_opened(wanted) for _ in range(together)))
    _say(OPEN)
    while named := (await asyncio.to_thread(sys.stdin.readline)).strip():
        waiting = [asyncio.create_task(_heard(line, named)) for line in lines]
        await asyncio.sleep(0)
        _say(LISTENING)
        _say(str(max(await asyncio.gather(*waiting))))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Of the process."""
    asyncio.run(_listen())
