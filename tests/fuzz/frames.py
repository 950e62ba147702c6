"""Frames of noise on several sockets at once: ours with something wrong, broken JSON, brackets, bytes, too large.

`python -m tests.fuzz.frames --frames 1000000` is `make fuzz FRAMES=1000000`.
"""

import argparse
import asyncio
import json
import logging
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed

from app.children.postgres import EmbeddedPostgres
from app.push import socket
from tests.patience import until
from tests.service_fixture import HERE, House, Phone, a_house

from .api import Loud

SOCKETS = ("P-1", "P-2", "P-3", "F-1", "S-1", "operator", "supervisor", "coordinator")
BURST = 100
"""Frames between two pings; a ping that is not answered is a service that does not live."""
TOO_LARGE_EVERY = 5_000
"""So often one is too large: the line is to be closed with 1009, and the socket opened anew."""
CLOSED_TOO_LARGE = 1009
ANSWERED_WITHIN_S = 60.0
GROWN_MIB_MAX = 64
"""What a service may have grown by since the first tenth of the frames, the players of this program included."""
SOUND: list[dict[str, Any]] = [
    {"type": "hello", "last_seq": 0, "token": "x"},
    {"type": "received", "seq": 1},
    {"type": "position", **HERE, "accuracy_m": 5, "at": "2026-05-31T22:15:00Z"},
    {"type": "pong"},
]
VALUES: list[Any] = [
    None, True, -1, 0, 1.5, 2**53, 2**64, 1e308, 91, -181, float("nan"), float("inf"), "", "x", "\x00", "\ud800",
    [], {}, [[[]]], "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-05-31T22:15:00",
    "2026-05-31T22:15:00Z",
]  # fmt: skip


def noise(draw: random.Random) -> str | bytes:
    """A frame that is random bytes, broken JSON, brackets without end, or one of ours with something wrong."""
    kind = draw.random()
    if kind < 0.2:
        return draw.randbytes(draw.randint(0, 200))
    if kind < 0.3:
        return "".join(
            chr(draw.choice([*range(0x250), *range(0x1F300, 0x1F330)])) for _ in range(draw.randint(0, 60))
        )
    if kind < 0.32:
        return '{"type": "pong", "x": ' + draw.choice("[{") * draw.randint(1, 5000)
    frame = dict(draw.choice(SOUND))
    for _ in range(draw.randint(0, 3)):
        frame[draw.choice([*frame, "x"])] = draw.choice(VALUES)
    text = json.dumps(frame)
    return text[: draw.randint(0, len(text))] if kind < 0.45 else text


@dataclass(slots=True, kw_only=True)
class Heard:
    """What came of it."""

    frames: int = 0
    closed_1009: int = 0
    closed_otherwise: int = 0
    answers: Counter[str] = field(default_factory=Counter)


async def shout(house: House, who: str, frames: int, draw: random.Random, heard: Heard) -> None:
    """So many frames of noise from one person, on as many sockets as it takes."""
    limit, left = house.service.settings.socket_frame_bytes_max, frames
    while left:
        async with house.phone(who) as phone:
            await _next(phone, "cards", heard)
            for_this_line = min(left, TOO_LARGE_EVERY - 1)
            await _burst(phone, for_this_line, draw, heard)
            left -= for_this_line
            if left:
                left -= 1
                heard.frames += 1
                with_one_more = "x" * (limit + 1 + draw.randint(0, 1_000))
                await phone.socket.send(with_one_more if draw.random() < 0.5 else with_one_more.encode())
                code = await phone.closed(ANSWERED_WITHIN_S)
                heard.closed_1009 += code == CLOSED_TOO_LARGE
                heard.closed_otherwise += code != CLOSED_TOO_LARGE


async def _burst(phone: Phone, frames: int, draw: random.Random, heard: Heard) -> None:
    for start in range(0, frames, BURST):
        for _ in range(min(BURST, frames - start)):
            await phone.socket.send(noise(draw))
            heard.frames += 1
        await phone.say(type="ping")
        await _next(phone, "pong", heard)


async def _next(phone: Phone, kind: str, heard: Heard) -> None:
    await phone.next(kind, ANSWERED_WITHIN_S)
    heard.answers.update(frame["type"] for frame in phone.heard)
    phone.heard.clear()


async def alive(house: House) -> bool:
    """Whether it still does what it is for: an alert goes to a unit that answers, and the desk sees it."""
    async with house.phone("operator") as console, house.phone("P-1") as phone:
        await console.next("cards")
        await phone.next("cards")
        receipt = await house.raised("police")
        await console.card(lambda card: card["id"] == receipt["alert"])
        await phone.card(lambda card: card["card"] == "assignment")
        answer = await house.step("P-1", await house.offered(receipt), "accept")
    return answer.status_code == 200


def resident_mib() -> float:
    """The memory this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


async def many(frames: int, seed: int) -> dict[str, Any]:
    """The figures of a run on a service of its own."""
    heard, loud = Heard(), Loud()
    logging.getLogger().addHandler(loud)
    # Lines that are cut after twenty bad frames would spend the run on greetings; cutting has tests of its own.
    socket.BAD_FRAMES_MAX = frames
    with tempfile.TemporaryDirectory() as folder:
        async with EmbeddedPostgres(Path(folder, "postgres")) as server:
            await server.create_database("fuzz")
            async with a_house(server.dsn("fuzz"), Path(folder)) as house:
                await house.on_duty("P-1")
                began, sizes = time.monotonic(), []
                for tenth in range(10):
                    each = frames // 10 // len(SOCKETS)
                    draws = [random.Random(f"{seed}/{tenth}/{who}") for who in SOCKETS]
                    await asyncio.gather(
                        *(shout(house, who, each, draw, heard) for who, draw in zip(SOCKETS, draws, strict=True))
                    )
                    sizes.append(resident_mib())
                    sys.stderr.write(f"{heard.frames} frames, {sizes[-1]:.0f} MiB\n")
                took_s = time.monotonic() - began
                await until(lambda: house.hub.open == 0)
                lives = await alive(house)
    return {
        "frames": heard.frames,
        "closed_1009": heard.closed_1009,
        "closed_otherwise": heard.closed_otherwise,
        "answers": dict(heard.answers),
        "seed": seed,
        "sockets": len(SOCKETS),
        "took_s": round(took_s, 1),
        "frames_per_s": round(heard.frames / took_s),
        "mib_after_each_tenth": [round(size) for size in sizes],
        "errors_in_log": loud.heard,
        "alive_and_correct": lives,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures as JSON; 0 where the service stood."""
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--frames", type=int, default=1_000_000)
    said.add_argument("--seed", type=int, default=20261123)
    chosen = said.parse_args(arguments)
    try:
        found = asyncio.run(many(chosen.frames, chosen.seed))
    except (ConnectionClosed, TimeoutError) as problem:
        sys.stderr.write(f"the service does not answer any more: {type(problem).__name__}\n")
        return 1
    sys.stdout.write(f"{json.dumps(found)}\n")
    sizes = found["mib_after_each_tenth"]
    stood = found["alive_and_correct"] and not found["errors_in_log"] and not found["closed_otherwise"]
    return int(not stood or sizes[-1] - sizes[0] > GROWN_MIB_MAX)


if __name__ == "__main__":
    sys.exit(main())
