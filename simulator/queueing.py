"""Lines in which people wait for somebody who serves them: operators, dispatchers, or patrols.

People are processes, as in `engine`: generators that yield the seconds until their next step, or a line in which
they then wait until one of its servers is theirs, and go on. Whoever got a server frees it by `leave`.
"""

import heapq
import math
from collections import deque
from collections.abc import Generator, Sequence
from itertools import count


class Line:
    """So many servers before one queue: who comes first is served first."""

    def __init__(self, agenda: "Agenda", servers: int) -> None:
        self._agenda, self._free = agenda, servers
        self._waiting: deque[Visit] = deque()

    def join(self, visit: "Visit") -> None:
        """Go on at once where a server is free, else when one is left."""
        if self._free:
            self._free -= 1
            self._agenda.start(visit)
        else:
            self._waiting.append(visit)

    def leave(self) -> None:
        """The server is free for who has waited longest."""
        if self._waiting:
            self._agenda.start(self._waiting.popleft())
        else:
            self._free += 1


type Visit = Generator[float | Line, None, None]
"""A process: it yields seconds to pass, or a line to wait in."""


class Agenda:
    """Simulated time without a desk: what comes next, in order; at one second, in the order of being said.

    Attributes:
        at: now.
    """

    def __init__(self, at: float) -> None:
        self.at = at
        self._coming: list[tuple[float, int, Visit]] = []
        self._numbers = count()

    def start(self, visit: Visit, at: float | None = None) -> None:
        """Let it make its next step at `at`, or now."""
        heapq.heappush(self._coming, (self.at if at is None else at, next(self._numbers), visit))

    def run(self, until: float) -> None:
        """Make every step before `until`."""
        while self._coming and self._coming[0][0] < until:
            self.at, _, visit = heapq.heappop(self._coming)
            step = next(visit, None)
            if isinstance(step, Line):
                step.join(visit)
            elif step is not None:
                self.start(visit, self.at + step)
        self.at = until


def waits(arrivals: Sequence[float], services: Sequence[float], servers: int) -> list[float]:
    """How long each of those who arrive (in order) waits in one line before so many servers, in seconds."""
    agenda = Agenda(arrivals[0] if arrivals else 0.0)
    line = Line(agenda, servers)
    found = [0.0] * len(arrivals)

    def visit(number: int) -> Visit:
        yield line
        found[number] = agenda.at - arrivals[number]
        yield services[number]
        line.leave()

    for number, at in enumerate(arrivals):
        agenda.start(visit(number), at)
    agenda.run(math.inf)
    return found


def erlang_c(servers: int, load: float) -> float:
    """The share that has to wait in M/M/c at a load of so many busy servers (A. K. Erlang, 1917), by Erlang B."""
    blocked = 1.0
    for server in range(1, servers + 1):
        blocked = load * blocked / (server + load * blocked)
    return blocked / (1 - load / servers * (1 - blocked))


def waits_longer(servers: int, load: float, services: float) -> float:
    """The share that waits longer than so many mean services in M/M/c."""
    return erlang_c(servers, load) * math.exp(-(servers - load) * services)
