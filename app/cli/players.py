"""The accounts of a show: one for each player, and for whoever looks at the pages of a demo."""

import asyncio
import secrets
from collections.abc import Sequence

from app.clock import Clock
from app.gate import Gate
from app.geo.unit_files import UnitRow
from app.security.passwords import hash_password
from app.settings import Settings
from app.store import people
from app.store.session import Database
from simulator.cast import cast, guests

FOR_EVER_S = 10 * 365 * 86_400.0
"""Sessions of a replay: its clock may run over weeks in an hour."""


async def sign_everybody_in(
    settings: Settings, found: Database, units: Sequence[UnitRow], clock: Clock
) -> dict[str, str]:
    """Accounts without passwords for the players, and a session for each: login -> token."""
    gate = Gate(found, clock, center=settings.center, idle_s=FOR_EVER_S, absolute_s=FOR_EVER_S)
    tokens = {}
    for role in cast(units):
        async with found.transaction() as connection:
            person = await people.by_login(connection, settings.center, role.login)
            if person is None:
                person = people.Person.new(settings.center, role.login, role.role, role.unit)
                await people.add(connection, person)
        tokens[role.login] = await gate.hand_token(person)
    return tokens


async def let_guests_in(settings: Settings, found: Database, units: Sequence[UnitRow]) -> str:
    """Accounts for whoever looks at the pages of a demo; their password, which is another each time."""
    password = secrets.token_urlsafe(12)
    hashed = await asyncio.to_thread(hash_password, password)
    async with found.transaction() as connection:
        for login, role, unit in guests(units):
            known = await people.by_login(connection, settings.center, login)
            if known is not None:
                await people.set_password(connection, known.id, hashed)
                continue
            await people.add(connection, people.Person.new(settings.center, login, role, unit, hashed))
    return password
