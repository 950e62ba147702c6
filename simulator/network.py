"""What lies between people and the desk: every command is a message that can be lost, late, doubled or overtaken.

The sender keeps its command and sends it again, with the same id, until it has an answer.
"""

from collections.abc import Generator
from dataclasses import replace
from random import Random

from app.dispatch import commands as c
from simulator.engine import Engine, Lost, Steps
from simulator.faults import CALM, Weather
from simulator.world import World

SEND_AGAIN_S = 8.0
"""How long a sender waits for an answer before it sends again."""

type Sending = Generator[float, None, c.Receipt]
"""A command on its way: yields seconds, returns the answer."""


class Network:
    """Every link to the desk, by the name of who is at its other end.

    Attributes:
        given: every answer that reached a sender, by the command's id.
    """

    def __init__(self, engine: Engine[World], random: Random, weather: Weather) -> None:
        self._engine, self._random, self.weather = engine, random, weather
        self._clogged: dict[str, float] = {}
        self._skew_s: dict[str, float] = {}
        self.given: dict[str, c.Receipt] = {}

    def clog(self, link: str, until: float) -> None:
        """Nothing passes this link before then; it waits. In calm weather nothing is clogged."""
        if self.weather is CALM:
            return
        self._clogged[link] = max(until, self._clogged.get(link, until))

    def calm_down(self) -> None:
        """From now on every message arrives, and soon."""
        self.weather = CALM
        self._clogged.clear()

    def delay_s(self, link: str) -> float:
        """How long a message on this link takes now, the wait at its clog included."""
        wait_s = max(0.0, self._clogged.get(link, 0.0) - self._engine.at)
        return wait_s + self._random.uniform(0.02, 0.2) + self._random.expovariate(1.0) * self.weather.delay_s

    def send(self, link: str, command: c.Command) -> Sending:
        """Send until there is an answer, and return it."""
        random, weather = self._random, self.weather
        command = replace(command, at_device=self._engine.at + self._clock_error_s(link))
        while True:
            weather = self.weather
            if random.random() < weather.doubles:
                self._engine.start(self._again(command), self.delay_s(link) + random.uniform(0.0, 60.0))
            if random.random() >= weather.loses:
                yield self.delay_s(link)
                receipt = self._engine.perform(command)
                if receipt is not None and random.random() >= weather.loses:
                    yield self.delay_s(link)
                    return self._remembered(receipt)
            yield SEND_AGAIN_S

    def _again(self, command: c.Command) -> Steps:
        """The same message once more, later: nobody listens for its answer."""
        receipt = self._engine.perform(command)
        if receipt is not None:
            self._remembered(receipt)
        yield from ()

    def _remembered(self, receipt: c.Receipt) -> c.Receipt:
        first = self.given.setdefault(receipt.command, receipt)
        if first != receipt:
            raise Lost(f"{receipt.command} was sent twice and got two answers")
        return receipt

    def _clock_error_s(self, link: str) -> float:
        """Devices' clocks are wrong, some by seconds, some by years."""
        if link not in self._skew_s:
            spread_s = self._random.choice((0.0, 2.0, 3600.0, 3e7))
            self._skew_s[link] = self._random.uniform(-spread_s, spread_s)
        return self._skew_s[link]
