"""The way of a wake: an offer, sealed by the service, taken by a push service, opened, shown by a real worker."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.patience import PATIENCE_S, until
from tests.push_service import Device, PushService, a_push_service
from tests.service_fixture import a_house

from .seats import Seat, Theatre, a_theatre

BROWSER = """
window.PushManager.prototype.subscribe = async function () {
  const known = %s;
  return { toJSON: () => known };
};
Object.defineProperty(Notification, "permission", { get: () => "granted" });
Notification.requestPermission = async () => "granted";
window.takenAway = 0;
ServiceWorkerRegistration.prototype.getNotifications = async () => [{ close: () => { window.takenAway += 1 } }];
"""
"""What a browser without a screen leaves out: it has no push service and no place for notifications. What it has
is used: the real worker gets the real message."""

SHELF = """
() => {
self.shown = [];
ServiceWorkerRegistration.prototype.showNotification = async (title, options) => {
  self.shown.push({ title, ...options });
};
}
"""
"""The same, where the worker is."""


QUIET_MS = 500


@pytest_asyncio.fixture(loop_scope="session")
async def service() -> AsyncIterator[PushService]:
    async with a_push_service() as service:
        yield service


@pytest_asyncio.fixture(loop_scope="session")
async def pushing(database_url: str, tmp_path: Path, browser: Browser) -> AsyncIterator[Theatre]:
    """A service that sends web push to this machine."""
    contact = "mailto:guardia@agency.example"
    async with (
        a_house(database_url, tmp_path, push_contact=contact, push_to_this_machine=True) as house,
        a_theatre(house, browser) as theatre,
    ):
        yield theatre


async def a_patrol_that_can_be_woken(theatre: Theatre, device: Device) -> Seat:
    """On duty, with its page open and its device known to the service."""
    patrol = await theatre.unit("P-1", on_duty=False)
    await patrol.context.grant_permissions(["geolocation", "notifications"])
    await patrol.context.add_init_script(BROWSER % json.dumps(device.said))
    await patrol.opens_again("/unit")
    await patrol.page.get_by_role("button", name="Entrar en servicio").tap()
    await expect(patrol.page.get_by_text("Con la pantalla apagada también se le avisa.")).to_be_visible()
    return patrol


async def delivered(seat: Seat, told: bytes, *, looked_at: bool) -> list[dict[str, Any]]:
    """The browser's push service gives it to the worker; what that shows on the lock screen.

    What nobody looks at shows something: that is waited for.
    """
    (worker,) = seat.context.service_workers
    await worker.evaluate(SHELF)
    line = await seat.context.new_cdp_session(seat.page)
    known: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def registered(said: dict[str, Any]) -> None:
        for one in said["registrations"]:
            if not known.done() and not one["isDeleted"]:
                known.set_result(one["registrationId"])

    line.on("ServiceWorker.workerRegistrationUpdated", registered)
    await line.send("ServiceWorker.enable")
    async with asyncio.timeout(PATIENCE_S):
        registration = await known
    await line.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": seat.url, "registrationId": registration, "data": told.decode()},
    )

    async def shown() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await worker.evaluate("self.shown")
        return found

    if looked_at:
        await seat.page.wait_for_timeout(QUIET_MS)
    else:
        await until(shown)
    return await shown()


async def test_a_phone_that_lies_dark_shows_a_notice_without_name_or_address(
    pushing: Theatre, service: PushService
) -> None:
    device = service.device()
    patrol = await a_patrol_that_can_be_woken(pushing, device)
    await patrol.opens_again("/icon.svg")
    await pushing.house.raised(
        "police",
        where={"lat": 25.67, "lon": -100.31, "address": "Calle Hidalgo 12"},
        caller={"role": "victim", "name": "Rosa Luz", "telephone": "8112345678"},
    )
    (pushed,) = await service.came()
    told = device.opened(pushed)
    assert told == b'{"kind":"offer"}'
    (shown,) = await delivered(patrol, told, looked_at=False)
    assert (shown["title"], shown["body"]) == ("Aviso", "Abra la aplicación.")
    assert set(shown) == {"title", "body", "tag", "renotify", "requireInteraction", "vibrate"}

    await patrol.opens_again("/unit")
    await expect(patrol.page.get_by_role("button", name="Voy")).to_be_visible()
    assert await patrol.page.evaluate("window.takenAway") == 1


async def test_a_page_that_is_looked_at_calls_by_itself_and_no_notice_is_shown(
    pushing: Theatre, service: PushService
) -> None:
    patrol = await a_patrol_that_can_be_woken(pushing, service.device())
    assert await delivered(patrol, b'{"kind":"offer"}', looked_at=True) == []


async def test_a_phone_that_has_signed_out_is_woken_no_more(pushing: Theatre, service: PushService) -> None:
    patrol = await a_patrol_that_can_be_woken(pushing, service.device())
    assert len(await pushing.house.service.ways.subscriptions.live_of("P-1")) == 1
    await patrol.page.get_by_role("button", name="Salir", exact=True).tap()
    await patrol.page.wait_for_url(f"{patrol.url}/")
    assert await pushing.house.service.ways.subscriptions.live_of("P-1") == []
    await pushing.house.raised("police")
    await asyncio.sleep(1)
    assert service.taken == []
    assert await patrol.page.evaluate("caches.keys()") == []
