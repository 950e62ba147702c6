"""Many open sockets in a process of their own, which says when the last of them has heard.

What is open in one process is limited; so one holds the sockets of one server. It is asked on its standard input
and answers on its output, a line each; its clock is the machine's monotonic one, the same for every process.
"""

import asyncio
import sys
import time

import msgspec
from websockets.asyncio.client import ClientConnection, connect

OPENED_AT_ONCE = 50
OPEN, LISTENING = "open", "listening"


class Hear(msgspec.Struct):
    """Wait until every socket has had a frame that names `wanted`."""

    wanted: str


class Listeners:
    """The other side: the process and what it is asked."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def open(cls, url: str, count: int, hello: str | None) -> "Listeners":
        """So many sockets; where they say hello, each has had everything it is shown at first."""
        process = await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "-c",
                f"from {__name__} import main; main()",
                url,
                str(count),
                *([hello] if hello else []),
            ),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        listeners = cls(process)
        await listeners._answer(OPEN)
        return listeners

    async def hear(self, hear: Hear) -> "asyncio.Task[float]":
        """Return once they listen: what is awaited then is the moment (monotonic) the last of them has heard."""
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(hear) + b"\n")
        await self._answer(LISTENING)
        return asyncio.create_task(self._moment())

    def close(self) -> None:
        """End it; thousands of farewells would be waited for."""
        self._process.kill()

    async def _moment(self) -> float:
        return float(await self._line())

    async def _answer(self, wanted: str) -> None:
        said = await self._line()
        if said != wanted:
            raise RuntimeError(f"the listeners said {said!r} and not {wanted!r}")

    async def _line(self) -> str:
        assert self._process.stdout is not None
        return (await self._process.stdout.readline()).decode().strip()


async def _opened(url: str, hello: str | None) -> ClientConnection:
    opened = await connect(
        url, proxy=None, ping_interval=None, compression=None, max_size=None, open_timeout=60, close_timeout=1
    )
    if hello is not None:
        await opened.send(hello)
        await opened.recv()
    return opened


async def _heard(line: ClientConnection, wanted: str) -> float:
    while wanted not in str(await line.recv()):
        pass
    return time.monotonic()


async def _main(url: str, count: int, hello: str | None) -> None:
    lines: list[ClientConnection] = []
    for first in range(0, count, OPENED_AT_ONCE):
        together = min(OPENED_AT_ONCE, count - first)
        lines += await asyncio.gather(*(_opened(url, hello) for _ in range(together)))
    print(OPEN, flush=True)  # noqa: T201
    while asked := await asyncio.to_thread(sys.stdin.readline):
        hear = msgspec.json.decode(asked, type=Hear)
        waiting = [asyncio.create_task(_heard(line, hear.wanted)) for line in lines]
        await asyncio.sleep(0)
        print(LISTENING, flush=True)  # noqa: T201
        print(max(await asyncio.gather(*waiting)), flush=True)  # noqa: T201


def main() -> None:
    """Of the process: where to, how many, and with which hello, if any."""
    url, count, *hello = sys.argv[1:]
    asyncio.run(_main(url, int(count), hello[0] if hello else None))
