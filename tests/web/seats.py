"""People at their screens: a browser context each, signed in through the page, watched for all that is wrong."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, ViewportSize, expect

from app.security.sessions import Role
from tests.service_fixture import House

PASSWORD = "correct horse battery staple"
PHONE = ViewportSize(width=360, height=740)
DESK = ViewportSize(width=1440, height=900)
PATIENCE_MS = 30_000
"""The machine may be busy with other tests; what is measured in seconds is measured by itself."""

BROWSERS_OWN = (
    "401",
    "AudioContext",
    "GPU stall due to ReadPixels",
    "service worker resource mismatch",
    "was preloaded using link preload but not used within a few seconds",
)
"""What the browser says by itself, and no page can help: nobody is signed in yet; a page nobody has touched may
not sound; a picture of a map took long; the worker, installed while a page loaded, loads a file of it once more;
the machine was too slow to use within seconds what was loaded ahead."""

WATCH = """
window.naranjaSeen = { pointers: 0 };
document.addEventListener("securitypolicyviolation", (event) => {
  window.naranjaViolated(`violated: ${event.effectiveDirective} ${event.blockedURI}`);
});
for (const kind of ["pointerdown", "pointermove", "click"]) {
  addEventListener(kind, (event) => { if (event.pointerType) window.naranjaSeen.pointers += 1; }, true);
}
"""

expect.set_options(timeout=PATIENCE_MS)


@dataclass(kw_only=True)
class Seat:
    """One person's browser. `wrong` gathers what no page may do: console errors, exceptions, policy violations."""

    house: House
    context: BrowserContext
    page: Page
    login: str
    person: str
    wrong: list[str] = field(default_factory=list)
    offline: bool = False
    refusals: set[int] = field(default_factory=set)
    """Statuses of answers that the browser complains of and that this test is about."""

    @property
    def url(self) -> str:
        return f"http://localhost:{self.house.port}"

    async def signs_in(self, leads_to: str) -> None:
        """Through the page, by keyboard."""
        await self.page.goto(f"{self.url}/")
        await self.page.get_by_label("Usuario").focus()
        await self.page.keyboard.type(self.login)
        await self.page.keyboard.press("Tab")
        await self.page.keyboard.type(PASSWORD)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_url(f"**{leads_to}", timeout=PATIENCE_MS)

    async def reads(self, language: str) -> None:
        """The page opens again in this language."""
        await self.page.evaluate("(language) => localStorage.setItem('naranja.language', language)", language)
        await self.page.reload()

    async def opens_again(self, path: str) -> None:
        """The tab was killed, and a new one opens the page."""
        await self.page.close()
        self.page = await self.context.new_page()
        self.watch()
        await self.page.goto(f"{self.url}{path}")

    async def loses_network(self) -> None:
        self.offline = True
        await self.context.set_offline(True)

    async def finds_network(self) -> None:
        await self.context.set_offline(False)
        self.offline = False

    def violated(self, what: str) -> None:
        """A page of this seat has done what its policy does not let it do."""
        self.wrong.append(what)

    def watch(self) -> None:
        """Gather what goes wrong on the page that is open now."""
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.wrong.append(f"exception: {error}"))
        self.page.on("requestfailed", self._failed)

    async def pointers(self) -> int:
        """Pointer events the page has seen."""
        return int(await self.page.evaluate("window.naranjaSeen.pointers"))

    async def all_is_well(self) -> None:
        """Fail if anything was wrong on any page of this seat, however many it has opened."""
        # What the page has just said is heard before it answers.
        await self.page.evaluate("0")
        assert self.wrong == [], "\n".join(self.wrong)

    def _said(self, message: ConsoleMessage) -> None:
        # The browser says by itself that the network is gone, and what a test is about.
        refused = any(f"status of {status} " in message.text for status in self.refusals)
        own = any(words in message.text for words in BROWSERS_OWN)
        excused = (self.offline or refused or own) and "Content Security Policy" not in message.text
        if message.type in {"error", "warning"} and not excused:
            self.wrong.append(f"{message.type}: {message.text}")

    def _failed(self, request: Request) -> None:
        outside = not request.url.startswith(("http://localhost:", "data:", "blob:"))
        if outside:
            self.wrong.append(f"asked elsewhere: {request.url}")


@dataclass(kw_only=True)
class Theatre:
    """One browser before one service, and everybody who sits down."""

    house: House
    browser: Browser
    seats: list[Seat] = field(default_factory=list)

    async def seat(self, role: Role, unit: str | None = None, **look: Any) -> Seat:
        """A new person of this role with a browser of their own, not signed in yet."""
        login = f"{role.value}-{uuid4().hex[:6]}"
        person = await self.house.person(role, login, unit, PASSWORD)
        usual = {
            "locale": "es-MX",
            "viewport": PHONE if unit else DESK,
            "has_touch": unit is not None,
            "permissions": ["geolocation"],
            "geolocation": {"latitude": 25.671, "longitude": -100.311},
        }
        context = await self.browser.new_context(**{**usual, **look})
        await context.add_init_script(WATCH)
        page = await context.new_page()
        seat = Seat(house=self.house, context=context, page=page, login=login, person=person.id)
        await context.expose_function("naranjaViolated", seat.violated)
        seat.watch()
        self.seats.append(seat)
        return seat

    async def seat_of_console(self) -> Seat:
        """An operator who has not signed in yet."""
        return await self.seat(Role.OPERATOR)

    async def operator(self, role: Role = Role.OPERATOR, **look: Any) -> Seat:
        """An operator at the console, or a supervisor."""
        seat = await self.seat(role, **look)
        await seat.signs_in("/console")
        await expect(seat.page.get_by_label("Lugar")).to_be_focused()
        return seat

    async def unit(self, code: str, *, on_duty: bool = True, **look: Any) -> Seat:
        """A unit's phone, on duty by its own button unless said otherwise."""
        shelter = code.startswith("S-")
        seat = await self.seat(Role.SHELTER if shelter else Role.UNIT, code, **look)
        await seat.signs_in("/unit")
        await expect(seat.page.get_by_role("button", name="Entrar en servicio")).to_be_visible()
        if on_duty:
            await seat.page.get_by_role("button", name="Entrar en servicio").tap()
            await expect(seat.page.get_by_role("button", name="Salir de servicio")).to_be_visible()
        return seat

    async def coordinator(self, **look: Any) -> Seat:
        """A coordinator at the report."""
        seat = await self.seat(Role.COORDINATOR, **look)
        await seat.signs_in("/coordinator")
        return seat


@asynccontextmanager
async def a_theatre(house: House, browser: Browser) -> AsyncIterator[Theatre]:
    """Seats before this service. What went wrong on any of them fails the test that used them."""
    theatre = Theatre(house=house, browser=browser)
    try:
        yield theatre
        for seat in theatre.seats:
            await seat.all_is_well()
    finally:
        for seat in theatre.seats:
            await seat.context.close()
