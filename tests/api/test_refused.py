"""Whoever is told no is written down, at every door, and cannot fill the disk by asking on."""

from typing import Any
from uuid import uuid4

from sqlalchemy import select

from app.clock import HandClock
from app.denied import EACH_MAX, REFUSED, WINDOW_S, Denials
from app.security.permissions import Action
from app.security.sessions import Role
from app.store.tables import audit
from tests.service_fixture import HERE, House

from .doors import refused


async def written(house: House) -> list[dict[str, Any]]:
    """The rows of what was refused, oldest first."""
    query = select(audit.c.by, audit.c.said, audit.c.alert, audit.c.unit, audit.c.count)
    async with house.service.database.transaction() as connection:
        rows = await connection.execute(query.where(audit.c.what == REFUSED).order_by(audit.c.seq))
        return [dict(row._mapping) for row in rows]


async def somebody(house: House, role: Role, unit: str | None = None) -> tuple[str, str]:
    """A person's id and token."""
    person = await house.person(role, f"{role.value}-{uuid4().hex[:6]}", unit)
    return person.id, await house.service.gate.hand_token(person)


async def test_a_role_that_may_not_is_written_down_with_what_it_asked_for(fresh: House) -> None:
    admin, token = await somebody(fresh, Role.ADMIN)
    client = await fresh.client(token)
    refused(await client.get("/api/alerts"), 403, "forbidden")
    patrol, token = await somebody(fresh, Role.UNIT, "P-1")
    client = await fresh.client(token)
    said = {"id": str(uuid4()), "on": True}
    refused(await client.put("/api/units/P-2/duty", json=said), 403, "forbidden")
    assert await written(fresh) == [
        {"by": admin, "said": {"action": "read_alert"}, "alert": None, "unit": None, "count": 1},
        {"by": patrol, "said": {"action": "set_duty"}, "alert": None, "unit": "P-2", "count": 1},
    ]


async def test_what_does_not_exist_for_somebody_is_written_down_and_what_does_not_exist_is_not(
    fresh: House,
) -> None:
    await fresh.on_duty("P-1")
    receipt = await fresh.raised("police")
    offer = await fresh.offered(receipt)
    other, token = await somebody(fresh, Role.UNIT, "P-2")
    client = await fresh.client(token)
    for path in (f"/api/assignments/{offer}/accept", f"/api/assignments/{uuid4()}/accept"):
        refused(await client.post(path, json={"id": str(uuid4())}), 404, "unknown_assignment")
    refused(await client.get(f"/api/assignments/{offer}/destination"), 404, "unknown_assignment")
    his, token = await somebody(fresh, Role.OPERATOR)
    viewer = await fresh.service.gate.who(token)
    assert viewer is not None
    kept = {"id": str(uuid4()), "keep_out": {"crew": [viewer.login]}}
    (await (await fresh.client("operator")).patch(f"/api/alerts/{receipt['alert']}", json=kept)).raise_for_status()
    client = await fresh.client(token)
    refused(await client.get(f"/api/alerts/{receipt['alert']}"), 404, "unknown_alert")
    refused(await client.get(f"/api/alerts/{uuid4()}"), 404, "unknown_alert")
    assert [(row["by"], row["said"]["action"], row["alert"]) for row in await written(fresh)] == [
        (other, "answer_assignment", None),
        (other, "read_destination", None),
        (his, "read_alert", receipt["alert"]),
    ]


async def test_a_socket_that_is_refused_is_written_down_and_so_is_a_position_that_is_nobodys(fresh: House) -> None:
    admin, token = await somebody(fresh, Role.ADMIN)
    async with fresh.phone(token) as phone:
        assert (await phone.next("problem"))["code"] == "forbidden"
    async with fresh.phone("operator") as phone:
        await phone.next("cards")
        await phone.say(type="position", at="2026-05-31T22:15:00Z", **HERE)
        assert (await phone.next("problem"))["code"] == "forbidden"
    rows = await written(fresh)
    assert [row["said"]["action"] for row in rows] == ["open_socket", "report_position"]
    assert rows[0]["by"] == admin


async def test_who_asks_without_end_leaves_so_many_rows_and_then_one_with_the_count(fresh: House) -> None:
    person, token = await somebody(fresh, Role.UNIT, "P-1")
    viewer = await fresh.service.gate.who(token)
    assert viewer is not None
    clock = HandClock()
    denials = Denials(fresh.service.database, clock, fresh.service.settings.center)
    for _ in range(EACH_MAX + 7):
        await denials.note(viewer, Action.READ_ALERT)
    assert [row["count"] for row in await written(fresh)] == [1] * EACH_MAX
    clock.advance(WINDOW_S)
    await denials.note(viewer, Action.READ_ALERT)
    rows = await written(fresh)
    assert [(row["count"], row["said"]["action"]) for row in rows[EACH_MAX:]] == [(7, "more"), (1, "read_alert")]
    for _ in range(EACH_MAX + 3):
        await denials.note(viewer, Action.READ_ALERT)
    await denials.stop()
    rows = await written(fresh)
    assert (len(rows), rows[-1]["count"], {row["by"] for row in rows}) == (2 * EACH_MAX + 2, 4, {person})
