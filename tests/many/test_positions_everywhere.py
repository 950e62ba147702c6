"""Where a unit is, and whether it can be reached, is known at every process, whichever has the phone."""

import time
from datetime import UTC, datetime
from pathlib import Path

from app.geo.point import Point
from app.store import passing
from tests.patience import promised, until
from tests.service_fixture import NORTH, House, Json

from .processes import Process, several

AGREED_WITHIN_S = 2.0


def quiet(house: House) -> set[str]:
    return {unit for _, unit in house.service.desk.ground.quiet(house.service.desk.now())}


def now() -> str:
    return datetime.fromtimestamp(time.time(), UTC).isoformat()


async def test_a_fix_taken_by_one_process_reaches_the_ground_and_the_consoles_of_another(
    house: House, database_url: str, tmp_path: Path
) -> None:
    await house.on_duty("P-1")
    async with (
        several(2, database_url, tmp_path) as (one, two),
        house.phone("P-1", url=one.socket_url) as phone,
        house.phone("operator", url=two.socket_url) as console,
    ):
        await phone.next("cards")
        await console.next("cards")
        here = Point(NORTH["lat"], NORTH["lon"])

        async def agreed() -> float:
            nonlocal here
            here = Point(here.lat + 0.0001, here.lon)
            said_at = time.monotonic()
            await phone.say(type="position", lat=here.lat, lon=here.lon, at=now())
            await console.until(lambda frame: shows(frame, "P-1", here))
            await until(lambda: (house.service.desk.ground.position("P-1") or (None,))[0] == here)
            return time.monotonic() - said_at

        await promised(AGREED_WITHIN_S, agreed)


def shows(frame: Json, unit: str, place: Point) -> bool:
    """The frame says that this unit is there."""
    where = {"id": unit, "lat": place.lat, "lon": place.lon}
    return frame["type"] == "positions" and any(where.items() <= each.items() for each in frame["units"])


async def test_a_phone_that_moves_to_another_process_is_quiet_nowhere(
    house: House, database_url: str, tmp_path: Path
) -> None:
    await house.on_duty("P-1", "P-2")
    async with several(1, database_url, tmp_path) as (there,), house.phone("P-1") as here:
        await here.next("cards")
        await until(lambda: said(house, "P-1"))
        async with house.phone("P-1", url=there.socket_url) as moved:
            await moved.next("cards")
            await known_elsewhere(house, "P-1")
            await here.socket.close()
            await until(lambda: house.hub.open == 0)
            assert quiet(house) == set()
        # Now the last line has ended, and it was at the other process.
        await until(lambda: quiet(house) == {"P-1"})


async def test_a_phone_that_is_at_two_processes_at_once_is_found_at_the_one_where_it_stays(
    house: House, database_url: str, tmp_path: Path
) -> None:
    """Whichever of both was said last: when that line ends, the other process says again that it has one."""
    await house.on_duty("P-1", "P-2")
    async with (
        several(1, database_url, tmp_path) as (there,),
        house.phone("P-1", url=there.socket_url) as stays,
        house.phone("P-1") as here,
    ):
        await stays.next("cards")
        await here.next("cards")
        await until(lambda: said(house, "P-1"))
        await here.socket.close()
        await until(lambda: house.hub.open == 0)
        await known_elsewhere(house, "P-1")
        assert quiet(house) == set()


async def test_the_phones_of_a_killed_process_are_missed_by_the_others_and_found_where_they_come_back(
    house: House, database_url: str, tmp_path: Path
) -> None:
    await house.on_duty("P-1", "P-2")
    async with several(1, database_url, tmp_path) as (there,):
        async with (
            house.phone("P-1", url=there.socket_url) as first,
            house.phone("P-2", url=there.socket_url) as second,
        ):
            await first.next("cards")
            await second.next("cards")
            await known_elsewhere(house, "P-1", "P-2")
            await killed(there)
        async with house.phone("P-2") as back:
            await back.next("cards")
            await until(lambda: quiet(house) == {"P-1"})


async def test_a_process_that_stops_in_order_says_so_at_once(
    house: House, database_url: str, tmp_path: Path
) -> None:
    await house.on_duty("P-1")
    async with several(1, database_url, tmp_path) as (there,):
        async with house.phone("P-1", url=there.socket_url) as phone:
            await phone.next("cards")
            await known_elsewhere(house, "P-1")
            there.child.terminate()
            assert await phone.closed() == 1012
        assert await there.child.wait() in {0, -15}
        await until(lambda: quiet(house) == {"P-1"})


async def said(house: House, unit: str) -> bool:
    """Whether some process has told the others that the unit has a line."""
    async with house.service.database.transaction() as connection:
        changed, _ = await passing.lines_changed(connection, house.service.settings.center, 0)
    return any(line.unit == unit and line.up for line in changed)


async def known_elsewhere(house: House, *units: str) -> None:
    """Return once this process has read that they have a line at another."""
    await until(lambda: house.service.lines.elsewhere >= set(units))


async def killed(process: Process) -> None:
    process.kill()
    await process.child.wait()
