"""The parts of one running center below its doors, put together in one place and taken apart in reverse."""

import asyncio
import logging
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

from app.children.osrm import OsrmRouted
from app.children.postgres import EmbeddedPostgres
from app.children.problem import ChildError
from app.children.roads import RoadsSummary, read_summary
from app.chronicle import Chronicle
from app.clock import Clock, ScaledClock, SystemClock
from app.denied import Denials
from app.desk import Desk
from app.details import Details
from app.dispatch.commands import SERVICE, JoinCrew, Refusal
from app.erasing import Eraser
from app.exports import Exports
from app.gate import Gate, Ways, open_ways
from app.geo.ground import LiveGround
from app.geo.roads import Roads
from app.geo.street_names import StreetNames, read_street_names
from app.geo.zones import Zones
from app.glass import Glass
from app.household import Households
from app.keys import open_keys
from app.lines import Lines
from app.measures import Measures
from app.positions import Positions
from app.retention import Retention
from app.security.key_source import master_key
from app.security.looks import InsiderRules, InsiderRulesRefused, rules_of
from app.security.master_key import KeySourceBroken
from app.security.sealing import Sealer, Unsealable
from app.security.sessions import Viewer
from app.settings import Settings
from app.store import region, rules
from app.store.roles import SERVICE_ROLE
from app.store.rules import RulesRefused
from app.store.session import Database, role_for, upgrade

WONT_START = (ChildError, KeySourceBroken, Unsealable, RulesRefused, InsiderRulesRefused)
"""What keeps a service from starting and a person can mend; each has a code and a sentence."""

CHANGEABLE = (
    f"this database user may not work as the role {SERVICE_ROLE}, so the service could change its own log. Let an"
    f" administrator of the database run CREATE ROLE {SERVICE_ROLE} and GRANT it to this user, then start again"
)
"""What is said where the log is append-only by habit and not by right."""
STREETS = "streets.json"
"""The streets of the region by their names, beside its roads."""

_LOG = logging.getLogger("naranja.service")


@dataclass(slots=True, kw_only=True)
class Service:
    """One center in this process. `stands_on` says in words what it uses, for whoever starts it."""

    settings: Settings
    clock: Clock
    measures: Measures
    database: Database
    sealer: Sealer
    details: Details
    desk: Desk
    gate: Gate
    ways: Ways
    denials: Denials
    glass: Glass
    positions: Positions
    lines: Lines
    households: Households
    eraser: Eraser
    retention: Retention
    exports: Exports
    chronicle: Chronicle
    chronicle_of_all: Chronicle
    insiders: InsiderRules
    zones: Zones
    stands_on: dict[str, str]
    postgres: EmbeddedPostgres | None
    osrm: OsrmRouted | None
    roads: RoadsSummary | None
    streets: StreetNames
    draining: bool = False
    """It was told to stop: what is under way is finished, everything else is sent elsewhere."""

    async def reload_region(self) -> None:
        """The region was imported anew: zones, rules, stations, and the roads where they are our own."""
        async with self.database.transaction() as connection:
            self.zones = await region.load_zones(connection, self.settings.center)
            try:
                self.desk.book = await rules.book(connection, self.settings.center)
            except RulesRefused as problem:
                _LOG.critical(
                    "the rules were not read again; those of before count on", extra={"code": problem.code}
                )
        self.desk.ground.learn_zones(self.zones)
        self.streets = await _read_streets(self.settings)
        await self.desk.learn_stations()
        roads = read_summary(roads_dir(self.settings))
        if self.osrm is not None and roads != self.roads:
            await self.osrm.restart()
            self.roads = roads

    async def aboard(self, viewer: Viewer) -> None:
        """Who speaks for a unit on duty is in its crew, whoever set its duty: what one is kept out of goes on to
        another unit before it is shown. Raises NotSaved or DeskBusy."""
        unit = (await self.desk.board()).units.get(viewer.unit or "")
        if unit is None or not unit.on_duty or viewer.login in unit.crew:
            return
        joins = JoinCrew(id=str(uuid4()), by=SERVICE, unit=unit.code, member=viewer.login)
        # Off duty by now: nobody is aboard of anything.
        with suppress(Refusal):
            await self.desk.perform(joins)


def clock_of(settings: Settings) -> Clock:
    """The machine's clock, or a replay's."""
    if settings.clock_start is not None:
        return ScaledClock(settings.clock_start, settings.clock_speed)
    return SystemClock()


async def database_address(settings: Settings, stack: AsyncExitStack) -> tuple[str, EmbeddedPostgres | None]:
    """`DATABASE_URL`, or the address of our own child, which runs by then. Raises ChildError."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value(), None
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    postgres = EmbeddedPostgres(settings.data_dir / "postgres")
    await postgres.start()
    stack.push_async_callback(postgres.stop)
    return postgres.dsn(), postgres


async def open_database(settings: Settings, stack: AsyncExitStack) -> tuple[Database, EmbeddedPostgres | None]:
    """The database of `DATABASE_URL`, or our own child; migrated, with its center in it."""
    dsn, postgres = await database_address(settings, stack)
    await upgrade(dsn)
    role = await role_for(dsn)
    if role is None:
        _LOG.warning("the log is not append-only: there is no role for it")
    database = Database(dsn, role)
    stack.push_async_callback(database.close)
    await _ensure_center(settings, database)
    return database, postgres


async def _ensure_center(settings: Settings, database: Database) -> None:
    async with database.transaction() as connection:
        await region.ensure_center(connection, settings.center, settings.center_name, settings.folio_prefix)


async def sealer_of(settings: Settings, database: Database, at: float) -> Sealer:
    """The center's way to seal, with every key it has; its master key and first keys are made at the first start.

    Raises KeySourceBroken or WrongMasterKey.
    """
    sealer = await first_sealer(settings)
    await open_keys(database, sealer, settings.center, at)
    return sealer


async def first_sealer(settings: Settings) -> Sealer:
    """The same as long as it knows what comes from the master key only. Raises KeySourceBroken."""
    master = await asyncio.to_thread(
        master_key,
        file=settings.master_key_file,
        text=settings.master_key.get_secret_value() if settings.master_key else None,
        command=settings.master_key_command,
        default_file=settings.data_dir / "master.key",
    )
    return Sealer(master, settings.center)


def checkpoints_of(settings: Settings) -> Path:
    """The file that checkpoints are appended to."""
    return settings.checkpoint_file or settings.data_dir / "checkpoints.jsonl"


def roads_dir(settings: Settings) -> Path:
    """Where the prepared roads of this center are, if there are any."""
    return settings.data_dir / "roads"


async def open_service(
    settings: Settings, stack: AsyncExitStack, clock: Clock | None = None, beside: Service | None = None
) -> Service:
    """Start what is needed and wire it; `stack` takes it apart again. Raises one of WONT_START.

    `beside` is another center's service in this process, whose way to the database it shares.
    """
    clock = clock or clock_of(settings)
    insiders = rules_of(settings.insiders)
    if beside is None:
        database, postgres = await open_database(settings, stack)
    else:
        database, postgres = beside.database, None
        await _ensure_center(settings, database)
    osrm, roads = await open_roads(settings, stack)
    async with database.transaction() as connection:
        zones = await region.load_zones(connection, settings.center)
        book = await rules.book(connection, settings.center)
    sealer = await sealer_of(settings, database, clock.now())
    details = Details(database, sealer, settings.center)
    ground = LiveGround(roads, ZoneInfo(settings.time_zone))
    ground.learn_zones(zones)
    desk = Desk(
        database,
        details,
        ground,
        clock,
        book,
        center=settings.center,
        queue_max=settings.desk_queue_max,
        batch_max=settings.batch_max,
    )
    desk.start()
    stack.push_async_callback(desk.stop)
    process = str(uuid4())
    positions = Positions(desk, database, clock, settings.center, process)
    await positions.start()
    stack.push_async_callback(positions.stop)
    lines = Lines(desk, database, clock, settings.center, process)
    await lines.start()
    stack.push_async_callback(lines.stop)
    gate = Gate(
        database,
        clock,
        center=settings.center,
        idle_s=settings.session_idle_s,
        absolute_s=settings.session_absolute_s,
    )
    ways = open_ways(settings, database, sealer, clock, gate)
    ways.sweep.start()
    stack.push_async_callback(ways.sweep.stop)
    denials = Denials(database, clock, settings.center)
    denials.start()
    stack.push_async_callback(denials.stop)
    board = await desk.board()
    households = Households(database, sealer, desk, center=settings.center, region=settings.telephone_region)
    return Service(
        settings=settings,
        clock=clock,
        measures=Measures(),
        database=database,
        sealer=sealer,
        details=details,
        desk=desk,
        gate=gate,
        ways=ways,
        denials=denials,
        glass=Glass(
            database,
            details,
            clock,
            settings.center,
            proof_s=settings.proof_fresh_s,
            open_s=settings.glass_open_s,
        ),
        positions=positions,
        lines=lines,
        households=households,
        eraser=Eraser(database, clock, settings.center),
        retention=Retention(database, clock, settings.center),
        exports=Exports(database, details, households, clock, settings.center),
        chronicle=Chronicle(database, (settings.center,), ZoneInfo(settings.time_zone)),
        chronicle_of_all=Chronicle(
            database, dict.fromkeys((settings.center, *settings.report_centers)), ZoneInfo(settings.time_zone)
        ),
        insiders=insiders,
        zones=zones,
        postgres=postgres,
        osrm=osrm,
        roads=read_summary(roads_dir(settings)),
        streets=await _read_streets(settings),
        stands_on={
            "center": settings.center,
            "database": f"own PostgreSQL in {settings.data_dir / 'postgres'}"
            if postgres
            else "the PostgreSQL of DATABASE_URL",
            "log": f"append-only (role {database.role})" if database.role else f"NOT append-only: {CHANGEABLE}",
            "roads": roads_words(settings, osrm),
            "zones": str(len(zones)),
            "units": str(len(board.units)),
            "open alerts": str(len(board.alerts)),
            "clock": "the machine's" if settings.clock_start is None else "SIMULATED (a replay)",
        },
    )


async def _read_streets(settings: Settings) -> StreetNames:
    return await asyncio.to_thread(read_street_names, roads_dir(settings) / STREETS)


async def open_roads(settings: Settings, stack: AsyncExitStack) -> tuple[OsrmRouted | None, Roads | None]:
    """The OSRM of `OSRM_URL`, or our own child where there are roads. Raises ChildError."""
    osrm = None
    url = settings.osrm_url
    if url is None and roads_dir(settings).exists():
        osrm = OsrmRouted(roads_dir(settings))
        await osrm.start()
        stack.push_async_callback(osrm.stop)
        url = osrm.url
    if url is None:
        return None, None
    roads = Roads(url)
    stack.push_async_callback(roads.close)
    return osrm, roads


def roads_words(settings: Settings, osrm: OsrmRouted | None) -> str:
    """What travel times come from, in words."""
    if osrm is not None:
        return f"own OSRM at {osrm.url}"
    return "the OSRM of OSRM_URL" if settings.osrm_url else "none: travel times are estimated"
