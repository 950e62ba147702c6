"""Everybody at once against a running service: crews with phones, operators at consoles, strangers to its code."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import Random
from uuid import UUID

from app.clock import ScaledClock
from app.geo.roads import Roads
from app.geo.unit_files import UnitRow
from simulator.calls import Call
from simulator.cast import COORDINATOR, crew_login
from simulator.live.audit import GRACE_S, Audit, audit
from simulator.live.console import Console
from simulator.live.crew import Crew
from simulator.live.ledger import Ledger
from simulator.live.operator import Operator
from simulator.live.pace import Pace
from simulator.live.phone import Phone
from simulator.live.wire import Answer, Person, ServiceAddress, Wire, Witness
from simulator.randomness import stream

READY_WITHIN_S = 30.0
"""Every phone has heard from the service by then; seconds of the wall."""


ROUTE_WITHIN_S = 3.0
"""A crew can wait longer for its way than the desk can."""


class NotReady(Exception):
    """The show cannot begin: the service does not know somebody, or does not answer."""


@dataclass(slots=True, kw_only=True)
class Stage:
    """A show under way. `console` is what the first operator sees."""

    service: ServiceAddress
    clock: ScaledClock
    ledger: Ledger
    console: Console
    coordinator: Person
    operators: list[Operator]
    crews: list[Crew]
    _calls: int = 0

    async def take_call(self, call: Call) -> Answer:
        """Give a call to the operators in turn; returns when the service has answered."""
        self._calls += 1
        return await self.operators[self._calls % len(self.operators)].raise_alert(call)

    async def audit(self, alerts: Sequence[str] = ()) -> Audit:
        """Compare what was acknowledged (and `alerts`) with what the service knows.

        What looks unowned is looked at once more: between two readings it may have been moved on.
        """
        grace_s = GRACE_S * self.clock.speed
        found = await audit(self.coordinator, self.ledger, alerts, self.clock.now(), grace_s)
        if found.unowned:
            await asyncio.sleep(GRACE_S)
            found = await audit(self.coordinator, self.ledger, alerts, self.clock.now(), grace_s)
        return found

    def troubles(self) -> Counter[str]:
        """Answers that were neither yes nor a refusal, and what sockets were told before they were cut."""
        phones = [operator.phone for operator in self.operators] + [crew.phone for crew in self.crews]
        return sum((phone.problems for phone in phones), start=Counter(self.ledger.troubles))

    async def ready(self) -> None:
        """Return when everybody is on duty and has heard from the service. Raises NotReady."""
        on_duty = await asyncio.gather(*(crew.start_duty() for crew in self.crews))
        absent = [crew.unit.code for crew, is_on in zip(self.crews, on_duty, strict=True) if not is_on]
        if absent:
            raise NotReady(f"not let on duty: {', '.join(absent)}")
        phones = [operator.phone for operator in self.operators] + [crew.phone for crew in self.crews]
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                await asyncio.gather(*(phone.first_cards.wait() for phone in phones))
        except TimeoutError:
            silent = sum(not phone.first_cards.is_set() for phone in phones)
            told = dict(self.troubles())
            raise NotReady(f"{silent} of {len(phones)} sockets heard nothing in time; told: {told}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a show is played with.

    Attributes:
        tokens: login (see `cast`) -> the bearer token of that person's session.
        clock: runs as the service's does; what people wait for is counted in its seconds.
        run: what the ids of this show's commands are made from.
        witness: hears of every command that was answered, where somebody keeps count.
    """

    service: ServiceAddress
    tokens: Mapping[str, str]
    units: Sequence[UnitRow]
    clock: ScaledClock
    pace: Pace
    seed: int
    run: UUID
    witness: Witness | None = None


async def play[Result](setting: Setting, show: Callable[[Stage], Awaitable[Result]]) -> Result:
    """Put everybody in place, run `show`, send everybody home. Raises NotReady, and what `show` raises."""
    async with AsyncExitStack() as stack:
        wire = await stack.enter_async_context(Wire(setting.service, setting.witness))
        roads = None
        if setting.service.osrm_url is not None:
            roads = Roads(setting.service.osrm_url, timeout_s=ROUTE_WITHIN_S)
            stack.push_async_callback(roads.close)
        stage = _cast(setting, wire, roads)
        players = [asyncio.create_task(operator.run()) for operator in stage.operators]
        players += [asyncio.create_task(crew.run()) for crew in stage.crews]
        main = asyncio.ensure_future(_begun(stage, show))
        try:
            await asyncio.wait({main, *players}, return_when=asyncio.FIRST_COMPLETED)
            # Players play on until they are sent home: one that ended fell over, and says here by what.
            for player in players:
                if player.done():
                    player.result()
            return main.result()
        finally:
            for task in (main, *players):
                task.cancel()
            await asyncio.gather(main, *players, return_exceptions=True)


async def _begun[Result](stage: Stage, show: Callable[[Stage], Awaitable[Result]]) -> Result:
    await stage.ready()
    return await show(stage)


def _cast(setting: Setting, wire: Wire, roads: Roads | None) -> Stage:
    tokens, clock, pace, ledger = setting.tokens, setting.clock, setting.pace, Ledger()
    desk = sorted(login for login in tokens if login.startswith("operator"))
    missing = [login for unit in setting.units if (login := crew_login(unit.code)) not in tokens]
    missing += [] if desk else ["operator-1"]
    missing += [] if COORDINATOR in tokens else [COORDINATOR]
    if missing:
        raise NotReady(f"nobody is signed in as {', '.join(missing)}")

    def someone(login: str) -> tuple[Person, Phone, Random]:
        draw = stream(setting.seed, login)
        return wire.person(tokens[login], setting.run), Phone(setting.service, tokens[login], draw), draw

    console = Console()
    operators = []
    for number, login in enumerate(desk):
        person, phone, draw = someone(login)
        screen = console if number == 0 else None
        operators.append(Operator(person, phone, screen, clock, pace, draw, ledger, number, len(desk)))
    havens = tuple(unit.place for unit in setting.units if not unit.sealed)
    crews = []
    for unit in setting.units:
        person, phone, draw = someone(crew_login(unit.code))
        crews.append(Crew(unit, person, phone, clock, pace, draw, roads, ledger, havens))
    return Stage(
        service=setting.service,
        clock=clock,
        ledger=ledger,
        console=console,
        coordinator=wire.person(tokens[COORDINATOR], setting.run),
        operators=operators,
        crews=crews,
    )
