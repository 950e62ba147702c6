"""What insiders and honest people do at the doors, as the stories of both tell it."""

from typing import Any
from uuid import uuid4

from app.store import audit

from .center import Center, Raised

HOUR = 3600.0
TELEPHONE, WRITTEN_OTHERWISE = "81 5550 4417", "+52 (81) 5550-4417"
ADDRESS, SPELLED_OTHERWISE = "Av. Juárez 4417, Col. Centro", "AVENIDA JUAREZ No. 4417, colonia Centro"
ENDING = {"disposition": "attended", "safe": "yes", "whereabouts": "home"}
Flagged = set[tuple[str, str]]
"""(rule, login)"""


def caller(telephone: str) -> dict[str, Any]:
    return {"role": "neighbour", "name": "Eusebio Testigo", "telephone": telephone}


def at(address: str, **more: Any) -> dict[str, Any]:
    return {"lat": 25.6601, "lon": -100.3201, "address": address, **more}


async def opens(center: Center, alert: Raised, token: str, times: int = 1, under: str = "table") -> None:
    """Somebody opens the alert and is shown its details."""
    for _ in range(times):
        answer = await center.get(f"/api/alerts/{alert.id}", token=token)
        assert answer.must_be(200).body["read_under"] == under


async def breaks_glass(center: Center, login: str, alert: Raised, times: int = 1) -> None:
    """Somebody reads an alert that is over or not theirs: proves who they are, gives a reason, and opens it."""
    token = await center.proves(login)
    why = {"reason": "handover", "note": "what it was about"}
    (await center.post(f"/api/alerts/{alert.id}/glass", why, token=token)).must_be(201)
    await opens(center, alert, token, times, under="glass")


async def is_refused(
    center: Center, login: str, alert: Raised, times: int = 1, status: int = 403, code: str = "forbidden"
) -> None:
    """Somebody asks for an alert they may not read, and that is written down."""
    token = await center.token_for(login)
    for _ in range(times):
        (await center.get(f"/api/alerts/{alert.id}", token=token)).must_be(status, code)


async def finds_no_glass(center: Center, login: str, alert: Raised, times: int = 1) -> None:
    """Somebody would break glass on an alert that does not exist for them."""
    token = await center.proves(login)
    why = {"reason": "handover", "note": "what it was about"}
    for _ in range(times):
        (await center.post(f"/api/alerts/{alert.id}/glass", why, token=token)).must_be(404, "unknown_alert")


async def last_row(center: Center) -> int:
    async with center.service.database.transaction() as connection:
        rows = await audit.page(connection, center.settings.center, 1)
    return rows[0].row if rows else 0


async def attended(center: Center, code: str = "KILO-7", crew: tuple[str, ...] = (), **facts: Any) -> Raised:
    """An alert that this patrol attended and that was closed."""
    phone = await center.phone(code, crew=crew)
    alert = await center.raise_alert(**facts)
    await phone.takes(alert, "en-route", "on-scene", "done")
    (await center.tell(alert, "close", **ENDING)).must_be(200)
    await phone.ends_duty()
    await phone.disconnect()
    return alert


async def lives(center: Center, login: str, **home: list[str]) -> None:
    """An admin has told where this person lives."""
    admin = await center.employs(f"admin-{uuid4().hex[:6]}", "admin")
    said = {"id": str(uuid4()), **home}
    answer = (await center.put(f"/api/people/{login}/household", said, token=admin)).must_be(200)
    assert answer.body["known"] == sum(len(each) for each in home.values())


async def flagged(center: Center) -> Flagged:
    """What is in the auditor's queue after the next look."""
    await center.looks()
    return {(flag["rule"], flag["login"]) for flag in await queue(center)}


async def queue(center: Center) -> list[dict[str, Any]]:
    auditor = await center.employs(f"auditor-{uuid4().hex[:6]}", "auditor")
    found: list[dict[str, Any]] = (
        (await center.get("/api/flags?limit=200", token=auditor)).must_be(200).body["flags"]
    )
    return found
