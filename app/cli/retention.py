"""`naranja retention`: how long personal data are kept, erasing what is over, erasing one alert, holding one."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from app.clock import SystemClock, rfc3339
from app.dispatch.commands import Refusal
from app.erasing import Erased, Eraser, EraseReason, HoldReason
from app.retention import Retention, RetentionRefused, book_of, keeping_of
from app.settings import Settings
from app.store import erasing
from app.store import retention as rows
from app.store.retention import Page
from app.store.session import Database

from .center import beginning, database, fail, out

app = typer.Typer(help="How long personal data are kept.", no_args_is_help=True)
Alert = Annotated[str, typer.Argument(help="The alert's folio or id.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
BY = "naranja retention"
"""As whom this command is written down: it asks nobody who they are."""


@app.command()
def show(as_json: AsJson = False) -> None:
    """How long details are kept now, and every page of the book."""

    async def work() -> list[Page]:
        settings = Settings()
        async with database(settings) as found, found.transaction() as connection:
            return await rows.pages(connection, settings.center)

    book, now = asyncio.run(work()), SystemClock().now()
    try:
        counts = book_of(book).at(now)
    except RetentionRefused as problem:
        fail(problem.code, problem.sentence)
    current = max((begins for begins, _ in book if begins <= now), default=None)
    pages = [{"from": rfc3339(begins), "counts": begins == current, "keep": page} for begins, page in book]
    if as_json:
        sys.stdout.write(msgspec.json.encode({"now": counts, "pages": pages}).decode() + "\n")
        return
    out.print(f"now: {msgspec.json.encode(counts).decode()}", highlight=False)
    table = Table("from", "counts now", "what differs from the defaults")
    for page in pages:
        table.add_row(
            str(page["from"]), "yes" if page["counts"] else "", msgspec.json.encode(page["keep"]).decode()
        )
    if pages:
        out.print(table)


@app.command("set")
def set_keeping(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="JSON; see docs/retention.md.")],
    start: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="Local time; default: now."),
    ] = None,
) -> None:
    """From then on details are kept so. What was to be kept longer when an alert ended still is."""
    settings = Settings()
    begins = beginning(start, settings, "Name a time to come, or none for now.")
    try:
        page = msgspec.json.decode(file.read_bytes())
        if not isinstance(page, Mapping):
            raise RetentionRefused("The file is an object of names and days.")
        keeping_of(page)
    except msgspec.DecodeError as problem:
        fail(RetentionRefused.code, f"{file.name} is not JSON: {problem}.")
    except RetentionRefused as problem:
        fail(problem.code, problem.sentence)

    async def work() -> None:
        async with database(settings) as found, found.transaction() as connection:
            book = [known for known in await rows.pages(connection, settings.center) if known[0] != begins]
            await rows.set_pages(connection, settings.center, [*book, (begins, page)])

    asyncio.run(work())
    out.print(f"details are kept so from {rfc3339(begins)}")


@app.command("run")
def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be erased.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase what is over now; a running service does it once a day by itself."""

    async def work() -> list[str]:
        settings = Settings()
        async with database(settings) as found:
            retention = Retention(found, SystemClock(), settings.center)
            alerts = await (retention.due() if dry_run else retention.erase_due(by=BY))
            async with found.transaction() as connection:
                names = await erasing.folios(connection, settings.center, alerts)
        return [names[alert] for alert in alerts]

    try:
        folios = asyncio.run(work())
    except RetentionRefused as problem:
        fail(problem.code, problem.sentence)
    if as_json:
        sys.stdout.write(msgspec.json.encode({"dry_run": dry_run, "alerts": folios}).decode() + "\n")
        return
    out.print(
        f"{len(folios)} {'are over' if dry_run else 'erased'}: {', '.join(folios) or 'none'}", highlight=False
    )


@app.command()
def erase(alert: Alert, reason: Annotated[EraseReason, typer.Option(help="Why before its time.")]) -> None:
    """Destroy the key of an alert's personal data, for good."""

    async def work(eraser: Eraser, known: str) -> Erased:
        return await eraser.erase(known, by=BY, reason=reason)

    erased = _about(alert, work)
    out.print(f"{alert} {'was' if erased.again else 'is'} erased, {rfc3339(erased.at)}", highlight=False)


@app.command()
def hold(alert: Alert, reason: Annotated[HoldReason, typer.Option(help="Who has to be able to read it.")]) -> None:
    """Hold an alert for the law: nobody erases it, and no schedule does."""

    async def work(eraser: Eraser, known: str) -> None:
        await eraser.hold(known, by=BY, reason=reason)

    _about(alert, work)
    out.print(f"{alert} is held", highlight=False)


@app.command()
def release(alert: Alert) -> None:
    """End a hold."""

    async def work(eraser: Eraser, known: str) -> None:
        await eraser.release(known, by=BY)

    _about(alert, work)
    out.print(f"{alert} is held no more", highlight=False)


@app.command()
def holds(as_json: AsJson = False) -> None:
    """Every alert that is held."""

    async def work() -> list[erasing.Held]:
        settings = Settings()
        async with database(settings) as found, found.transaction() as connection:
            return await erasing.held(connection, settings.center)

    found = asyncio.run(work())
    if as_json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        return
    table = Table("alert", "held since", "reason")
    for one in found:
        table.add_row(one.folio, rfc3339(one.at), one.reason)
    out.print(table)


def _about[T](alert: str, work: Callable[[Eraser, str], Awaitable[T]]) -> T:
    """Do it to the alert of that folio or id; a refusal ends the command."""

    async def whole() -> T:
        settings = Settings()
        async with database(settings) as found:
            return await work(Eraser(found, SystemClock(), settings.center), await _id(found, settings, alert))

    try:
        return asyncio.run(whole())
    except Refusal as refusal:
        fail(refusal.code, refusal.sentence)


async def _id(found: Database, settings: Settings, alert: str) -> str:
    async with found.transaction() as connection:
        known = await erasing.by_folio(connection, settings.center, alert)
    if known is None:
        raise Refusal("unknown_alert", f"There is no alert {alert}.")
    return known
