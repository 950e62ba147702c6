"""Who is there: lines that end, units believed lost that are not, and who looks at a unit's phone."""

from uuid import uuid4

import pytest

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.events import Entry
from app.dispatch.model import UnitState
from app.push.presence import believed_lost
from app.security.sessions import Role
from tests.patience import until
from tests.service_fixture import House


def quiet(house: House) -> list[str]:
    """Units whose line is dead now."""
    return [unit for _, unit in house.service.desk.ground.quiet(house.service.desk.now())]


async def crew(house: House, unit: str) -> tuple[str, ...]:
    return (await house.service.desk.board()).units[unit].crew


async def holder(house: House, alert: str) -> list[str]:
    board = await house.service.desk.board()
    return [board.assignments[live].unit for need in board.alerts[alert].needs for live in need.live]


async def officer(house: House, login: str, unit: str = "P-1") -> str:
    """The token of somebody of that login at that unit's phone."""
    return await house.service.gate.hand_token(await house.person(Role.UNIT, login, unit))


async def test_a_unit_is_quiet_from_the_end_of_its_last_line_until_it_has_one_again(house: House) -> None:
    await house.on_duty("P-1")
    async with house.phone("P-1") as first:
        await first.next("cards")
        async with house.phone("P-1") as second:
            await second.next("cards")
        await until(lambda: house.hub.open == 1)
        assert quiet(house) == []
    await until(lambda: quiet(house) == ["P-1"])
    async with house.phone("P-1") as back:
        await back.next("cards")
        assert quiet(house) == []


async def test_who_never_had_a_line_is_not_quiet_nor_who_begins_a_new_shift(house: House) -> None:
    await house.on_duty("P-1", "P-2")
    async with house.phone("P-1") as phone:
        await phone.next("cards")
    await until(lambda: quiet(house) == ["P-1"])
    await house.off_duty("P-1")
    await house.on_duty("P-1")
    assert quiet(house) == []


async def test_who_is_heard_over_http_is_quiet_since_then(house: House) -> None:
    await house.on_duty("P-1")
    async with house.phone("P-1") as phone:
        await phone.next("cards")
    await until(lambda: quiet(house) == ["P-1"])
    ((since, _),) = house.service.desk.ground.quiet(house.service.desk.now())
    receipt = await house.raised("police")
    assert (await house.step("P-1", await house.offered(receipt), "seen")).status_code == 200
    ((later, _),) = house.service.desk.ground.quiet(house.service.desk.now())
    assert later > since


async def test_a_unit_believed_lost_elsewhere_is_heard_at_once_where_it_has_a_line(house: House) -> None:
    await house.on_duty("P-1")
    seen: list[str] = []
    house.service.desk.listen(lambda entries, board: seen.extend(type(x.event).__name__ for x in entries))
    async with house.phone("P-1") as phone:
        await phone.next("cards")
        await house.service.desk.perform(c.LoseUnit(id=str(uuid4()), by="somebody", unit="P-1"))
        await until(lambda: "UnitHeard" in seen)
        assert (await house.service.desk.board()).units["P-1"].state is UnitState.FREE
    assert seen.index("UnitLost") < seen.index("UnitHeard")


def test_one_that_was_lost_and_heard_in_one_commit_is_not_lost() -> None:
    class Silent:
        def line_up(self, unit: str) -> None:
            """Nobody waits."""

    entries = [
        Entry(seq=at, at=float(at), by="x", command="x", event=event)
        for at, event in enumerate((e.UnitLost(unit="P1"), e.UnitLost(unit="P2"), e.UnitHeard(unit="P1")), 1)
    ]
    assert believed_lost(Silent(), entries, {"P1", "P2"}) == ["P2"]  # type: ignore[arg-type]


async def test_who_opens_a_line_for_a_unit_on_duty_is_in_its_crew(house: House) -> None:
    await house.on_duty("P-1")
    login = f"o-{uuid4().hex[:8]}"
    async with house.phone(await officer(house, login)) as phone:
        await phone.next("cards")
        assert await crew(house, "P-1") == ("c-P-1", login)
        async with house.phone(await officer(house, f"{login}-2")) as other:
            await other.next("cards")
        assert len(await crew(house, "P-1")) == 3


async def test_who_looks_on_off_duty_is_in_the_crew_when_the_shift_begins(house: House) -> None:
    login = f"o-{uuid4().hex[:8]}"
    async with house.phone(await officer(house, login)) as phone:
        await phone.next("cards")
        assert await crew(house, "P-1") == ()
        await house.on_duty("P-1")
        await phone.card(lambda card: card["card"] == "unit" and card.get("state") == "free")
        service = house.service
        board = await service.desk.board()
        seen = {"crew": board.units["P-1"].crew}
        service.desk.listen(lambda _, board: seen.update(crew=board.units["P-1"].crew))
        await until(lambda: login in seen["crew"])


@pytest.mark.parametrize("over", ["socket", "http"])
async def test_what_somebody_is_kept_out_of_goes_on_when_they_come_to_the_phone_and_is_never_shown(
    house: House, over: str
) -> None:
    login = f"o-{uuid4().hex[:8]}"
    token = await officer(house, login)
    await house.on_duty("P-1", "P-2")
    receipt = await house.raised("police", keep_out={"crew": [login]})
    offer = await house.offered(receipt)
    assert await holder(house, receipt["alert"]) == ["P-1"]
    if over == "socket":
        async with house.phone(token) as phone:
            frame = await phone.next("cards")
            assert [card["card"] for card in frame["cards"]] == ["unit"]
    else:
        answer = await house.step(token, offer, "accept")
        assert answer.json()["code"] == "unknown_assignment"
    assert await holder(house, receipt["alert"]) == ["P-2"]
