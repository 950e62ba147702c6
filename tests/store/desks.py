"""Desks for tests: each with connections of its own, all before one center of one database."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import asyncpg

from app.clock import Clock, HandClock
from app.desk import Desk
from app.details import PLACE, Details
from app.dispatch import commands as c
from app.dispatch.events import Entry
from app.dispatch.evolve import evolve
from app.dispatch.model import Board, Institution
from app.dispatch.rules import RuleBook, Rules
from app.geo.ground import LiveGround
from app.geo.point import Point
from app.keys import open_keys
from app.security.master_key import MasterKey
from app.security.sealing import Sealer
from app.store import board as board_rows
from app.store.log import LogWriter
from app.store.region import ensure_center
from app.store.rows import PlaceRow, RegionRows
from app.store.session import Database
from tests.patience import PATIENCE_S

CENTER, PREFIX = "main", "N"
TIME_ZONE = ZoneInfo("America/Mexico_City")
SECRET = MasterKey(bytes(range(32)))
HOME = {"lat": 25.66, "lon": -100.32}
NO_REGION: dict[str, Any] = {"zones": (), "summary": {}}


def unit(
    code: str, institution: Institution = Institution.POLICE, *, capacity: int = 1, agency: str = "municipal"
) -> c.UnitFacts:
    """A unit of the center's list."""
    return c.UnitFacts(code=code, institution=institution, agency=agency, zone="centro", capacity=capacity)


PATROLS = (unit("P1"), unit("P2"), unit("P3"))
EVERYBODY = (
    *PATROLS,
    unit("P4", agency="estatal"),
    unit("F1", Institution.PROSECUTOR),
    unit("F2", Institution.PROSECUTOR),
    unit("R1", Institution.SHELTER, capacity=3),
)


def station(number: int) -> Point:
    """Where the unit with this number in its list stands: each farther from her home than the one before."""
    return Point(HOME["lat"] + 0.004 * (number + 1), HOME["lon"])


def details_of(database: Database, center: str = CENTER) -> Details:
    """The way to personal data, with the same key for every desk of a test."""
    return Details(database, Sealer(SECRET, center), center)


@asynccontextmanager
async def a_database(url: str, *centers: str) -> AsyncIterator[Database]:
    """A migrated database with its centers in it."""
    database = Database(url)
    try:
        async with database.transaction() as connection:
            for center in centers or (CENTER,):
                await ensure_center(connection, center, center, PREFIX)
        for center in centers or (CENTER,):
            await open_keys(database, Sealer(SECRET, center), center, 0.0)
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def a_desk(
    url: str,
    clock: Clock,
    *,
    ground: LiveGround | None = None,
    rules: Rules | None = None,
    queue_max: int = 2000,
    batch_max: int = 128,
) -> AsyncIterator[Desk]:
    """A desk at work, with a pool and a connection of its own."""
    async with a_database(url) as database:
        desk = Desk(
            database,
            details_of(database),
            ground or LiveGround(None, TIME_ZONE),
            clock,
            RuleBook(pages=((0.0, rules or Rules()),)),
            center=CENTER,
            queue_max=queue_max,
            batch_max=batch_max,
        )
        desk.start()
        try:
            yield desk
        finally:
            await desk.stop()


async def staff(desk: Desk, units: Sequence[c.UnitFacts] = PATROLS, *, on_duty: bool = True) -> None:
    """List these units at their stations and put them on duty."""
    places = tuple(
        PlaceRow(unit=facts.code, lat=station(number).lat, lon=station(number).lon)
        for number, facts in enumerate(units)
    )
    listed = c.ListUnits(id=str(uuid4()), by="import", units=tuple(units))
    await desk.perform(listed, region=RegionRows(places=places, **NO_REGION))
    if on_duty:
        for facts in units:
            await desk.perform(c.StartDuty(id=str(uuid4()), by="test", unit=facts.code))


def a_call(alert: str | None = None, *institutions: Institution) -> c.RaiseAlert:
    """A call that needs police, or what is named."""
    needs = tuple(c.NeedWanted(institution=each) for each in institutions or (Institution.POLICE,))
    return c.RaiseAlert(id=alert or str(uuid4()), by="operator", zone="centro", needs=needs)


async def raise_alert(desk: Desk, call: c.RaiseAlert | None = None, **told: Any) -> c.Receipt:
    """Raise an alert at her home."""
    return await desk.perform(call or a_call(), {PLACE: HOME, **told})


async def caught_up(*desks: Desk) -> list[Board]:
    """Have every desk look, and wait until all know the same."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for desk in desks:
                desk.look()
                await asyncio.sleep(0.01)
            boards = [await desk.board() for desk in desks]
            if len({board.seq for board in boards}) == 1:
                return boards


async def the_log(url: str) -> list[Entry]:
    """Every entry in the database."""
    return await _ask(url, lambda connection: LogWriter(connection, CENTER).entries_after(0))  # type: ignore[no-any-return]


async def the_tables_board(url: str) -> Board:
    """The board as the tables have it."""
    return await _ask(url, lambda connection: board_rows.load(connection, CENTER))  # type: ignore[no-any-return]


def fold(entries: Iterable[Entry]) -> Board:
    """The board that the log leads to."""
    board = Board(center=CENTER, prefix=PREFIX)
    for entry in entries:
        board = evolve(board, entry.event, entry.at)
    return board


async def must_agree(url: str, *desks: Desk) -> list[Entry]:
    """The log has no gap, and its fold, the tables and every desk's memory are the same board. Returns the log."""
    boards = await caught_up(*desks)
    entries = await the_log(url)
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    folded = fold(entries)
    assert await the_tables_board(url) == folded
    for board in boards:
        assert board == folded
    return entries


async def rows(url: str, query: str, *values: Any) -> list[Any]:
    """What a plain question brings."""
    return await _ask(url, lambda connection: connection.fetch(query, *values))  # type: ignore[no-any-return]


async def _ask(url: str, question: Callable[[Any], Any]) -> Any:
    connection: Any = await asyncpg.connect(url)
    try:
        return await question(connection)
    finally:
        await connection.close()


def a_clock() -> HandClock:
    """A clock that stands still."""
    return HandClock()
