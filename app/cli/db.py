"""`naranja db`: the database's schema."""

import asyncio

import typer

from app.settings import Settings

from .center import database, out

app = typer.Typer(help="The database.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `db` a group while it has one verb."""


@app.command()
def upgrade() -> None:
    """Bring the schema up to the newest revision."""

    async def work() -> None:
        async with database(Settings()):
            out.print("the schema is up to date")

    asyncio.run(work())
