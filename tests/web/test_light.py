"""A cheap phone on a bad line: how soon the crew can answer, from nothing kept on the phone at all."""

import time
from typing import Any

import pytest
from playwright.async_api import expect

from tests.service_fixture import House

from .seats import Seat, Theatre

SLOWER = 6
"""A cheap phone beside the machine this runs on."""
LATENCY_MS = 300
BYTES_A_S = 400_000 / 8
USABLE_WITHIN_S = 3.0
FIRST_LOAD_BYTES_MAX = 60_000
ATTEMPTS_MAX = 6
"""The machine may be busy with other tests; the best of a few is what the page needs."""


async def _opened(seat: Seat) -> tuple[float, int]:
    """Seconds until an offer can be answered on a new tab that has kept nothing, and bytes of files that came."""
    await seat.page.close()
    seat.page = await seat.context.new_page()
    seat.watch()
    line = await seat.context.new_cdp_session(seat.page)
    await line.send("Network.enable")
    await line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    await line.send("Network.setBypassServiceWorker", {"bypass": True})
    await line.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": LATENCY_MS,
            "downloadThroughput": BYTES_A_S,
            "uploadThroughput": BYTES_A_S,
        },
    )
    await line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    heads: dict[str, float] = {}
    whole: dict[str, float] = {}

    def begins(said: dict[str, Any]) -> None:
        if "/api/" not in said["response"]["url"]:
            heads[said["requestId"]] = said["response"]["encodedDataLength"]

    def ends(said: dict[str, Any]) -> None:
        whole[said["requestId"]] = said["encodedDataLength"]

    line.on("Network.responseReceived", begins)
    line.on("Network.loadingFinished", ends)
    began = time.monotonic()
    await seat.page.goto(f"{seat.url}/unit", wait_until="commit")
    await expect(seat.page.get_by_role("button", name="Voy", exact=True)).to_be_enabled()
    took_s = time.monotonic() - began
    await line.detach()
    return took_s, round(sum(whole[request] - head for request, head in heads.items() if request in whole))


async def test_an_offer_can_be_answered_within_3_s_and_60_kb_on_a_slow_phone_and_a_slow_line(
    theatre: Theatre, capsys: pytest.CaptureFixture[str]
) -> None:
    house: House = theatre.house
    patrol = await theatre.unit("P-1")
    await house.raised("police")
    await expect(patrol.page.get_by_role("button", name="Voy", exact=True)).to_be_visible()
    opened: list[tuple[float, int]] = []
    while len(opened) < ATTEMPTS_MAX and min((took_s for took_s, _ in opened), default=60.0) > USABLE_WITHIN_S:
        opened.append(await _opened(patrol))
    with capsys.disabled():
        print(f"\nUntil an offer can be answered (seconds, bytes): {opened}")  # noqa: T201
    assert min(took_s for took_s, _ in opened) <= USABLE_WITHIN_S, opened
    assert max(came for _, came in opened) <= FIRST_LOAD_BYTES_MAX, opened
