"""A unit's people with their phone: on duty, told of offers, saying yes or no, driving there, staying with her."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from random import Random

from app.clock import ScaledClock, rfc3339
from app.geo.point import Point
from app.geo.roads import Roads
from app.geo.unit_files import UnitRow
from simulator.live.console import seconds
from simulator.live.drive import drive, way
from simulator.live.ledger import Ledger, Said
from simulator.live.pace import Pace, drawn
from simulator.live.phone import Heard, Phone
from simulator.live.wire import Json, Person

STEPS: Mapping[str, tuple[str, ...]] = {
    "police": ("en-route", "on-scene", "contact", "depart", "safe", "done"),
    "prosecutor": ("en-route", "on-scene", "contact", "done"),
    "shelter": ("safe", "done"),
}
"""What a unit says after its yes, in order."""

STAMP_OF_STEP = {
    "en-route": "en_route",
    "on-scene": "on_scene",
    "contact": "contact",
    "depart": "departed",
    "safe": "safe",
}

DECLINES = ("vehicle_out_of_service", "on_another_errand", "too_far")

BEGINNINGS_MAX = 4
"""A story that met a refusal is taken up again from what the card says, so often at most."""

SECOND_THOUGHT_S = 5.0
"""After a refusal; the service's seconds."""


SPEED_M_S_MAX = 110.0
"""However short the show: a service may refuse the position of whoever moves faster than a car can."""


POSITION_EVERY_S_MIN, POSITION_EVERY_S_LATE = 1.0, 10.0
"""Seconds of the wall. Under a clock so quick that each position is old at once they are told rarely: the service
takes the station then, which is where a standing unit is.
"""

LOG_AHEAD_S = 5.0
"""A log never runs backwards: where it was written up to later than the clock says (seconds of the wall), every
time in it stands still until the clock has come there, and no interval means anything.
"""


class Crew:
    """Plays one unit. `havens` are places that anybody may know, where she can be brought."""

    def __init__(
        self,
        unit: UnitRow,
        person: Person,
        phone: Phone,
        clock: ScaledClock,
        pace: Pace,
        draw: Random,
        roads: Roads | None,
        ledger: Ledger,
        havens: tuple[Point, ...],
    ) -> None:
        self.unit, self.where, self.havens = unit, unit.place, havens
        self.person, self.phone, self.clock, self.pace = person, phone, clock, pace
        self.draw, self.roads, self.ledger = draw, roads, ledger
        self._tasks: dict[str, Task] = {}
        self._group = asyncio.TaskGroup()
        self._on_duty = asyncio.Event()
        self._drives = self._living = self._moved_out = 0

    async def start_duty(self) -> bool:
        """Put the unit on duty; on duty already is as good."""
        code = self.unit.code
        body = {"id": self.person.command_id(code, "duty"), "on": True, "crew": [f"{code}-A", f"{code}-B"]}
        answer = await self.person.send("PUT", f"/api/units/{code}/duty", body)
        if answer.code != "on_duty":
            self.ledger.answer(answer)
        if answer.ok or answer.code == "on_duty":
            self._on_duty.set()
        if answer.ok and seconds(answer.body["at"]) > self.clock.now() + LOG_AHEAD_S * self.clock.speed:
            self.ledger.troubles["the log is ahead of the clock"] += 1
        return self._on_duty.is_set()

    async def run(self) -> None:
        """Listen and tell where the unit is, until cancelled."""
        async with self._group as group:
            group.create_task(self.phone.run(self.hear))
            if not self.unit.sealed and self.unit.institution != "shelter":
                group.create_task(self._tell_place())

    def hear(self, heard: Heard) -> None:
        """What one frame brought: begin a story for each new assignment, end those that are gone."""
        cards = {card["id"]: card for card in heard.cards if card["card"] == "assignment"}
        for assignment, card in cards.items():
            if assignment not in self._tasks:
                self.ledger.on_phone(card["alert"])
                self._tasks[assignment] = Task(self, card)
                self._group.create_task(self._tasks[assignment].play())
            self._tasks[assignment].hear(card)
        over = set(heard.gone) | (set(self._tasks) - set(cards) if heard.whole else set())
        for assignment in over & set(self._tasks):
            self._tasks.pop(assignment).end()

    async def moved(self, place: Point) -> None:
        """Be there, and tell."""
        self.where = place
        await self.phone.say(
            {
                "type": "position",
                "lat": round(place.lat, 6),
                "lon": round(place.lon, 6),
                "accuracy_m": round(self.draw.uniform(4, 25)),
                "at": rfc3339(self.clock.now()),
            }
        )

    async def drive_to(self, there: Point, pause: Callable[[float], Awaitable[bool]]) -> bool:
        """Go there by road, as long as `pause` says to go on; whether the unit arrived."""
        route = await way(self.roads, self.where, there, self.unit.institution)
        takes_s = max(1.0, route.seconds / self.pace.faster, route.metres / SPEED_M_S_MAX)
        self._drives += 1
        try:
            return await drive(route, takes_s, self.clock, pause, self.moved)
        finally:
            self._drives -= 1

    def take_in(self) -> None:
        """She lives here now."""
        self._living += 1
        if self.pace.place_taken_s is not None:
            self._group.create_task(self._until_she_moves_out(drawn(self.draw, self.pace.place_taken_s)))

    async def _until_she_moves_out(self, stays_s: float) -> None:
        await self.clock.sleep(stays_s)
        self._living -= 1
        self._moved_out += 1
        code = self.unit.code
        # A place that is being asked for counts as kept, here as there.
        free = max(0, self.unit.capacity - self._living - len(self._tasks))
        body = {"id": self.person.command_id(code, "places", str(self._moved_out)), "free": free}
        self.ledger.answer(await self.person.send("PUT", f"/api/units/{code}/places", body))

    async def _tell_place(self) -> None:
        """Tell it while the unit stands, for the drive tells it while it moves. Nobody off duty is followed."""
        await self.phone.first_cards.wait()
        await self._on_duty.wait()
        while True:
            if not self._drives:
                await self.moved(self.where)
            every_s = self.pace.position_every_s / self.clock.speed
            await asyncio.sleep(every_s if every_s >= POSITION_EVERY_S_MIN else POSITION_EVERY_S_LATE)


class Task:
    """One assignment, from the offer to the end."""

    def __init__(self, crew: Crew, card: Json) -> None:
        self.crew, self.card = crew, card
        self.gone, self._told_where = asyncio.Event(), asyncio.Event()
        self._there: Point | None = None
        self._refusals = 0

    def hear(self, card: Json) -> None:
        """A newer card. The place is on some of them only, and once told it is known."""
        self.card = card
        if card["where"] is not None:
            self._there = Point(card["where"]["lat"], card["where"]["lon"])
            self._told_where.set()

    def end(self) -> None:
        """It is over, or taken away: whoever waits for something does not any more."""
        self.gone.set()
        self._told_where.set()

    async def play(self) -> None:
        """Take the story up where the card stands; after a refusal once more, from what the card says then."""
        for _ in range(BEGINNINGS_MAX):
            if await self._on_from_here() or not await self._pause(SECOND_THOUGHT_S):
                return
            self._refusals += 1

    async def _on_from_here(self) -> bool:
        """Whether there is nothing more to say: it is over, taken away, or ignored."""
        if self.card["state"] == "offered":
            answered = await self._answer()
            if answered is not None:
                return answered
        stamps = self.card["stamps"]
        institution = self.crew.unit.institution
        for step in STEPS[institution]:
            if STAMP_OF_STEP.get(step) in stamps:
                continue
            if not await self._before(step):
                return True
            if not await self._say(step):
                return self.gone.is_set()
        if institution == "shelter":
            self.crew.take_in()
        return True

    async def _answer(self) -> bool | None:
        """Look at the offer and answer it. None: it was accepted; else as `_on_from_here`."""
        pace, draw = self.crew.pace, self.crew.draw
        if draw.random() < pace.ignores:
            return True
        if not await self._pause(drawn(draw, pace.seen_s)):
            return True
        await self._say("seen")
        if not await self._pause(drawn(draw, pace.answer_s)):
            return True
        if draw.random() < pace.declines:
            return await self._say("decline", reason=draw.choice(DECLINES))
        return None if await self._say("accept") else self.gone.is_set()

    async def _before(self, step: str) -> bool:
        """What happens in the world before the unit says so. False when the assignment was taken away."""
        crew, pace = self.crew, self.crew.pace
        match step:
            case "en-route":
                return await self._pause(drawn(crew.draw, pace.turnout_s))
            case "on-scene":
                there = await self._place()
                return there is not None and await crew.drive_to(there, self._pause)
            case "contact":
                return await self._pause(drawn(crew.draw, pace.contact_s))
            case "depart":
                return await self._pause(drawn(crew.draw, pace.stay_s))
            case "safe" if crew.unit.institution == "shelter":
                return await self._pause(drawn(crew.draw, pace.stay_s))
            case "safe":
                return await crew.drive_to(self._haven(), self._pause)
            case _:
                return await self._before_done()

    async def _before_done(self) -> bool:
        crew, pace = self.crew, self.crew.pace
        match crew.unit.institution:
            case "police":
                return await self._pause(drawn(crew.draw, pace.hand_over_s))
            case "prosecutor":
                return await self._pause(drawn(crew.draw, pace.stay_s))
            case _:
                return True

    async def _place(self) -> Point | None:
        """Where she is: a card says so once the offer is accepted. None when it is taken away before."""
        await self._told_where.wait()
        return None if self.gone.is_set() else self._there

    def _haven(self) -> Point:
        here = self.crew.where
        return min(self.crew.havens, key=lambda haven: (haven.lat - here.lat) ** 2 + (haven.lon - here.lon) ** 2)

    async def _say(self, step: str, **more: str) -> bool:
        """Say it to the service; whether it said yes. Said again after a refusal, it is a new command."""
        crew, card = self.crew, self.card
        body: Json = {
            "id": crew.person.command_id(card["id"], step, str(self._refusals)),
            "at_device": rfc3339(crew.clock.now()),
            **more,
        }
        answer = await crew.person.send("POST", f"/api/assignments/{card['id']}/{step}", body)
        said = Said(alert=card["alert"], need=card["need"], unit=crew.unit.code, step=step)
        crew.ledger.unit_said(said, answer)
        return answer.ok

    async def _pause(self, for_s: float) -> bool:
        """Let so many of the service's seconds go by. False, at once, when the assignment is taken away."""
        try:
            async with asyncio.timeout(for_s / self.crew.clock.speed):
                await self.gone.wait()
        except TimeoutError:
            return True
        return False
