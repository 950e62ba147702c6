"""How a command reaches its center: beside a running service, or alone with a database of its own meanwhile."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import NoReturn
from zoneinfo import ZoneInfo

import typer
from pydantic import SecretStr
from rich.console import Console

from app.children.postgres import running_dsn
from app.clock import Clock, SystemClock, instant, rfc3339
from app.desk import Desk, DeskBusy, NotSaved
from app.details import Details
from app.gate.accounts import OneTimeSecret
from app.geo.ground import LiveGround
from app.security.master_key import KeySourceBroken
from app.security.sealing import Sealer, Unsealable
from app.service import open_database, sealer_of
from app.settings import Settings
from app.store import region, rules
from app.store.rules import RulesRefused
from app.store.session import GONE, Database

out = Console()
"""What was asked for."""
err = Console(stderr=True)
"""What a person should know besides."""


def fail(code: str, sentence: str) -> NoReturn:
    """Say what is wrong and end with status 1."""
    err.print(f"[bold red]{code}[/]: {sentence}", highlight=False)
    raise typer.Exit(1)


def say_secret(given: OneTimeSecret, words: Console = err) -> None:
    """Print a one-time secret: nobody can show it again. `words`: where it is said what it is."""
    words.print(f"One-time secret of {given.login}, until {rfc3339(given.expires_at)}, shown this once:")
    out.print(given.secret, highlight=False, soft_wrap=True)


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The center's database: that of `DATABASE_URL`, of the service that runs on the data folder, or our own."""
    if settings.database_url is None:
        dsn = running_dsn(settings.data_dir / "postgres")
        if dsn is not None:
            settings = settings.model_copy(update={"database_url": SecretStr(dsn)})
    async with AsyncExitStack() as stack:
        try:
            found, _ = await open_database(settings, stack)
        except GONE as problem:
            fail("no_database", f"The database does not answer ({type(problem).__name__}).")
        try:
            yield found
        except (NotSaved, DeskBusy):
            fail("not_saved", "The database does not answer, or another service is writing. Try it again.")


async def sealer(settings: Settings, found: Database, clock: Clock) -> Sealer:
    """The center's way to seal."""
    try:
        return await sealer_of(settings, found, clock.now())
    except (KeySourceBroken, Unsealable) as problem:
        fail(problem.code, problem.sentence)


@asynccontextmanager
async def desk(settings: Settings, found: Database, clock: Clock | None = None) -> AsyncIterator[Desk]:
    """A desk of one's own before the same board; a running service hears of what it writes by the bell."""
    ground = LiveGround(None, ZoneInfo(settings.time_zone))
    async with found.transaction() as connection:
        ground.learn_zones(await region.load_zones(connection, settings.center))
        try:
            book = await rules.book(connection, settings.center)
        except RulesRefused as problem:
            fail(problem.code, problem.sentence)
    clock = clock or SystemClock()
    opened = Desk(
        found,
        Details(found, await sealer(settings, found, clock), settings.center),
        ground,
        clock,
        book,
        center=settings.center,
        queue_max=settings.desk_queue_max,
        batch_max=settings.batch_max,
    )
    opened.start()
    try:
        yield opened
    finally:
        await opened.stop()


def beginning(start: datetime | None, settings: Settings, why_not_before: str) -> float:
    """When what is dated begins: the center's local time, or now. Ends the command for a time that is over."""
    now = SystemClock().now()
    wanted = now if start is None else instant(start.replace(tzinfo=ZoneInfo(settings.time_zone)))
    if wanted < now:
        fail("in_the_past", why_not_before)
    return wanted
