"""A busy night by the book: thirty alerts, and nobody is flagged."""

from typing import Any
from uuid import uuid4

from app.clock import rfc3339

from .center import Center, Raised
from .insiders import ENDING, HOUR, breaks_glass, caller, is_refused, last_row, lives, opens, queue
from .phone import Phone


class Night:
    """A busy night: thirty alerts, two shifts, three patrols, a prosecutor, a shelter, a desk that knows how."""

    def __init__(self, center: Center) -> None:
        self.center = center
        self.patrols: list[Phone] = []
        self.fiscal: Phone | None = None
        self.casa: Phone | None = None

    async def begins(self) -> None:
        """Whoever works is on shift, and where staff lives is known."""
        center = self.center
        await lives(center, "operator-1", telephones=["81 1111 2222"], addresses=["Calle Pino 7"])
        self.casa = await center.phone("CASA-1")
        self.fiscal = await center.phone("FISCAL-1")
        await self.shift("A")

    async def shift(self, name: str) -> None:
        """The patrols of the shift before go home, these begin, and the desk signs in anew."""
        for phone in self.patrols:
            await phone.ends_duty()
            await phone.disconnect()
        await self.center.sign_in()
        until = rfc3339(self.center.clock.now() + 8 * HOUR)
        codes = ("KILO-7", "LIMA-2", "MIKE-9")
        self.patrols = [await self.center.phone(code, crew=(f"{name}-{code}",), until=until) for code in codes]

    async def alert(self, number: int) -> None:
        """One alert from the call to the end, as the book says."""
        center = self.center
        facts: dict[str, Any] = {"caller": caller(f"81 5550 {4400 + number}")}
        if number % 7 == 3:
            facts["keep_out"] = {"units": ["LIMA-2"], "crew": ["A-KILO-7"]}
        if number % 10 == 5:
            facts["needs"] = ["police", "prosecutor", "shelter"]
        alert = await center.raise_alert(**facts)
        await opens(center, alert, center.operator, times=2)
        if number % 5 == 0:
            (await center.calls(caller=caller(f"81 5550 {4400 + number}"))).must_be(200)
            await opens(center, alert, center.supervisor)
        patrol = await self.who_is_asked(alert)
        await patrol.takes(alert, "en-route")
        if number % 10 == 5:
            await self.two_more_come(alert)
        await center.clock_advance(120)
        await patrol.goes_away()
        await patrol.comes_back()
        await patrol.expect_place(alert)
        await patrol.goes(alert, "on-scene")
        if number % 10 == 5:
            await self.takes_her_to_safety(alert, patrol)
        await center.clock_advance(300)
        await patrol.goes(alert, "done")
        order = {"order": "issued"} if number % 10 == 5 else {}
        (await center.tell(alert, "close", **ENDING, **order)).must_be(200)
        await center.clock_advance(120)
        await breaks_glass(center, "operator-1", alert)
        if number % 3 == 0:
            await center.clock_advance(1_500)
            await breaks_glass(center, "supervisor-1", alert)
        if number % 6 == 0:
            await center.clock_advance(600)
            await breaks_glass(center, "coordinator-1", alert)
            await breaks_glass(center, "operator-1", alert)

    async def who_is_asked(self, alert: Raised) -> Phone:
        """The patrol that has the offer."""
        board = await self.center.service.desk.board()
        (live,) = next(need.live for need in board.alerts[alert.id].needs if need.key == "police")
        return next(phone for phone in self.patrols if phone.code == board.assignments[live].unit)

    async def two_more_come(self, alert: Raised) -> None:
        """The prosecutor comes, the shelter keeps a place, and its night staff signs in when it has it already."""
        assert self.fiscal is not None
        assert self.casa is not None
        await self.fiscal.takes(alert, "en-route", "on-scene", "contact", "done")
        await self.casa.takes(alert)
        night = await self.center.colleague(f"S-{uuid4().hex[:6]}", "CASA-1")
        await night.expect_state(alert, "accepted")
        await night.disconnect()

    async def takes_her_to_safety(self, alert: Raised, patrol: Phone) -> None:
        """The patrol takes her to the shelter, which has its places free again when she has gone on."""
        assert self.casa is not None
        await patrol.goes(alert, "contact", "depart")
        held = next(card for card in patrol.assignments() if card["alert"] == alert.id)
        place = await self.center.get(f"/api/assignments/{held['id']}/destination", token=patrol.token)
        place.must_be(200)
        await patrol.goes(alert, "safe")
        await self.casa.goes(alert, "safe", "done")
        said = {"id": str(uuid4()), "free": 3}
        (await self.center.put("/api/units/CASA-1/places", said, token=self.casa.token)).must_be(200)


async def test_a_busy_night_by_the_book_flags_nobody(center: Center) -> None:
    night = Night(center)
    console = await center.console()
    await night.begins()
    for number in range(30):
        if number == 15:
            await night.shift("B")
        await night.alert(number)
        (await center.get("/api/alerts", token=center.coordinator)).must_be(200)
        if number % 4 == 0:
            await console.disconnect()
            await console.connect(center.url)
        if number % 8 == 0:
            await is_refused(center, "MIKE-9", Raised(id=str(uuid4()), folio="", sent={}, receipt={}), times=2)
        await center.looks()
    looks = await last_row(center)
    assert looks > 150
    assert await queue(center) == []
