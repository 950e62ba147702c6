"""The service as the reference floor's load wants it: `naranja serve` itself, a made-up center, real tokens.

An alert has all three needs, a note, and a caller's name. The phones say what they have received, and every alert
is cancelled by the operator once its patrol has heard of it, so that units are never used up: what the floor gets
for nothing costs us a command each.
"""

import asyncio
import os
import subprocess
import sys
from argparse import ArgumentParser
from contextlib import suppress
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec

from .bench_center import Center

CENTER_FILE = "NARANJA_BENCH_CENTER"
"""The environment's name for the file that `furnish` described the center in."""
READY_WITHIN_S, STOPPED_WITHIN_S = 30.0, 15.0
CANCELS_AT_ONCE = 8
PORT = 18010
OPTIONS = (
    ("dsn", str, None),
    ("systems", str, None),
    ("adapter", str, None),
    ("units", int, 1000),
    ("rates", str, "1,50"),
    ("secs", float, 8.0),
    ("rounds", int, 3),
    ("closed", str, ""),
    ("json", str, None),
)
"""What the reference's bench is asked for: its own names and kinds."""
KEPT = "ours"
"""The database that is furnished once; each round works on a copy."""


class _Card(msgspec.Struct):
    card: str
    alert: str | None = None
    institution: str | None = None


class _Cards(msgspec.Struct):
    type: str
    seq: int = 0
    cards: list[_Card] = []


def alert_of(alert: str, lat: float, lon: float) -> dict[str, Any]:
    """The body of one alert: all three needs, a caller's name and a note."""
    return {
        "id": alert,
        "where": {"lat": lat, "lon": lon, "source": "map"},
        "needs": ["police", "prosecutor", "shelter"],
        "caller": {"role": "neighbour", "name": "A neighbour"},
        "note": "protective order breach, aggressor at the door",
    }


class Adapter:
    """`naranja serve` in a process of its own, on a fresh copy of the furnished center."""

    name = "naranja"
    host = "127.0.0.1"

    def __init__(self) -> None:
        self._center = msgspec.json.decode(Path(os.environ[CENTER_FILE]).read_bytes(), type=Center)
        self._codes = list(self._center.units)
        self.units = len(self._codes)
        self.http_port = self.ws_port = 0
        self._refs: dict[str, str] = {}
        self._frame = msgspec.json.Decoder(_Cards)
        self._seq = 0
        self._process: subprocess.Popen[str] | None = None
        self._over: asyncio.Queue[str] | None = None
        self._cancelling: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Return once it listens. Raises RuntimeError when it does not."""
        self._refs.clear()
        self._over, self._cancelling = None, []
        dsn = asyncio.run(_copied(self._center.dsn))
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "app.cli", "serve", "--host", self.host, "--port", "0"],
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "DATABASE_URL": dsn,
                "NARANJA_DATA_DIR": self._center.data_dir,
                "NARANJA_SECURE_COOKIES": "false",
                "COLUMNS": "500",
                # The load opens its connections beforehand, and its own servers never close an idle one.
                "NARANJA_HEADERS_WITHIN_S": "300",
                "NARANJA_KEEP_ALIVE_S": "300",
                # Its phones answer no pings, so the service must not take them for dead.
                "NARANJA_DEAD_LINE_S": "3600",
            },
        )
        for line in self._process.stdout or ():
            what, _, how = line.strip().partition("  ")
            if what == "address":
                self.http_port = self.ws_port = int(how.rpartition(":")[2])
                return
        raise RuntimeError("the service did not start")

    @property
    def pid(self) -> int:
        """The service's process. Raises RuntimeError while there is none."""
        if self._process is None:
            raise RuntimeError("the service does not run")
        return self._process.pid

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOPPED_WITHIN_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def post(self, ref: str, lat: float, lon: float) -> bytes:
        """The whole request that raises an alert there."""
        alert = str(uuid4())
        self._refs[alert] = ref
        return self._request("/api/alerts", alert_of(alert, lat, lon))

    def ws_path(self, unit: int) -> str:
        """Where a phone connects: all at the same."""
        return "/ws"

    def hello(self, unit: int) -> bytes:
        """What a phone says first."""
        return msgspec.json.encode(
            {"type": "hello", "last_seq": 0, "token": self._center.units[self._codes[unit]]}
        )

    def ref_of(self, frame: bytes) -> str | None:
        """The alert that a patrol is asked for by this frame; None for any other frame."""
        said = self._frame.decode(frame)
        self._seq = said.seq
        if said.type != "cards":
            return None
        for card in said.cards:
            if card.card == "assignment" and card.institution == "police" and card.alert is not None:
                ref = self._refs.pop(card.alert, None)
                if ref is not None:
                    self._end(card.alert)
                    return ref
        return None

    def ack_of(self, frame: bytes) -> bytes:
        """The device has it."""
        return b'{"type":"received","seq":%d}' % self._seq

    def _end(self, alert: str) -> None:
        """Have the alert cancelled soon."""
        if self._over is None:
            self._over = asyncio.Queue()
            self._cancelling = [asyncio.create_task(self._cancel(self._over)) for _ in range(CANCELS_AT_ONCE)]
        self._over.put_nowait(alert)

    async def _cancel(self, over: asyncio.Queue[str]) -> None:
        reader, writer = await asyncio.open_connection(self.host, self.http_port)
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                alert = await over.get()
                writer.write(
                    self._request(f"/api/alerts/{alert}/cancel", {"id": str(uuid4()), "reason": "mistake"})
                )
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
                await reader.readexactly(length)

    def _request(self, path: str, body: dict[str, Any]) -> bytes:
        said = msgspec.json.encode(body)
        head = (
            f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {self._center.operator}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(said)}\r\n\r\n"
        )
        return head.encode() + said


async def _copied(dsn: str) -> str:
    """The address of a fresh copy of the furnished database; that of the round before is gone."""
    copy = f"{KEPT}_copy"
    connection = await asyncpg.connect(dsn.replace(f"/{KEPT}?", "/postgres?"))
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{KEPT}"')
    finally:
        await connection.close()
    return dsn.replace(f"/{KEPT}?", f"/{copy}?")


def main(floor: str) -> None:
    """Run the reference as its own command line would, with its servers where no outgoing connection may sit.

    Its own port lies among those the system gives to outgoing connections, and a round opens a thousand of them.
    """
    spec = spec_from_file_location("floor", floor)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(floor)
    reference = module_from_spec(spec)
    sys.modules["floor"] = reference
    spec.loader.exec_module(reference)
    pool = reference.RefAdapter.__init__.__defaults__[1]
    reference.RefAdapter.__init__.__defaults__ = (PORT, pool)
    options = ArgumentParser()
    for name, kind, default in OPTIONS:
        options.add_argument(f"--{name}", type=kind, default=default)
    options.set_defaults(ramp=False)
    reference.bench(options.parse_args(sys.argv[2:]))


if __name__ == "__main__":
    main(sys.argv[1])
