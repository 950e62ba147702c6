"""`naranja people export`: what is held about one person."""

import asyncio
import sys
from typing import Annotated, Any

import msgspec
import typer

from app.clock import SystemClock
from app.details import Details
from app.dispatch.commands import Refusal
from app.exports import Exports
from app.household import Households
from app.settings import Settings

from .center import database, desk, fail, sealer

BY = "naranja people export"
FROM_A_PIPE = "-"


def export(
    telephone: Annotated[
        str | None, typer.Option(help="The number they call from; - reads it from a pipe, away from other eyes.")
    ] = None,
    address: Annotated[str | None, typer.Option(help="Street and number; - reads it from a pipe.")] = None,
) -> None:
    """Everything held about one person, as JSON, for that person. It is written down that it was asked for."""
    telephone, address = _given(telephone), _given(address)
    if not telephone and not address:
        fail("nobody_named", "Give --telephone or --address.")

    async def work() -> dict[str, Any]:
        settings, clock = Settings(), SystemClock()
        async with database(settings) as found, desk(settings, found, clock) as opened:
            told = await sealer(settings, found, clock)
            center = settings.center
            households = Households(found, told, opened, center=center, region=settings.telephone_region)
            exports = Exports(found, Details(found, told, center), households, clock, center)
            return await exports.about(telephone=telephone, address=address, by=BY)

    try:
        found = asyncio.run(work())
    except Refusal as refusal:
        fail(refusal.code, refusal.sentence)
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(found)).decode() + "\n")


def _given(said: str | None) -> str | None:
    return sys.stdin.readline().strip() if said == FROM_A_PIPE else said
