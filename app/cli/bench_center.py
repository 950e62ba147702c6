"""A made-up center for the benches that go through the doors: its units, who speaks for them, and its operator."""

import asyncio
import random
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import msgspec
from pydantic import SecretStr

from app.dispatch.commands import ListUnits, StartDuty, UnitFacts
from app.dispatch.model import Institution
from app.security.sessions import Role
from app.service import Service, open_service
from app.settings import Settings
from app.store import people
from app.store.rows import PlaceRow, RegionRows

MIDDLE, SPREAD = (-23.55, -46.63), 0.15
"""Where the reference floor has its units and its alerts: normal around this, degrees."""
AT_ONCE = 500
"""Units that begin their shift in one go: fewer than wait at the desk at most."""
CONNECTIONS = 8
"""Accounts made at once."""


class Center(msgspec.Struct, kw_only=True):
    """What the load has to know: where it is, and the tokens of the operator and of each unit."""

    dsn: str
    data_dir: str
    operator: str
    units: dict[str, str]


async def furnish(dsn: str, folder: Path, units: int) -> Center:
    """Six of ten units are patrols, three are prosecutors, one is a shelter with ten places; all are on duty."""
    settings = settings_of(dsn, folder)
    async with AsyncExitStack() as stack:
        service = await open_service(settings, stack)
        facts = tuple(_unit(number) for number in range(units))
        chance = random.Random(units)  # noqa: S311  # the same center in every run
        places = tuple(PlaceRow(unit=unit.code, lat=_near(chance, 0), lon=_near(chance, 1)) for unit in facts)
        region = RegionRows(places=places, zones=(), summary={})
        await service.desk.perform(ListUnits(id=str(uuid4()), by="bench", units=facts), region=region)
        for first in range(0, units, AT_ONCE):
            duty = (
                StartDuty(id=str(uuid4()), by="bench", unit=unit.code) for unit in facts[first : first + AT_ONCE]
            )
            await asyncio.gather(*(service.desk.perform(command) for command in duty))
        tokens: dict[str, str] = {}
        for first in range(0, units, CONNECTIONS):
            codes = facts[first : first + CONNECTIONS]
            found = await asyncio.gather(*(_token(service, *_speaker(unit)) for unit in codes))
            tokens |= {unit.code: token for unit, token in zip(codes, found, strict=True)}
        operator = await _token(service, Role.OPERATOR, "operator", None)
        return Center(dsn=dsn, data_dir=str(folder), operator=operator, units=tokens)


def _speaker(unit: UnitFacts) -> tuple[Role, str, str]:
    role = Role.SHELTER if unit.institution is Institution.SHELTER else Role.UNIT
    return role, f"of-{unit.code}", unit.code


def settings_of(dsn: str, folder: Path) -> Settings:
    """A center on this database, with its master key in this folder, no roads and no synthetic alert."""
    return Settings(
        data_dir=folder, database_url=SecretStr(dsn), osrm_url=None, secure_cookies=False, synthetic_s=0
    )


def _unit(number: int) -> UnitFacts:
    kind = number % 10
    institution = Institution.POLICE if kind < 6 else Institution.PROSECUTOR if kind < 9 else Institution.SHELTER
    return UnitFacts(
        code=f"{institution.value[0].upper()}{number:04d}",
        institution=institution,
        agency="bench",
        zone="z",
        capacity=10 if institution is Institution.SHELTER else 1,
    )


def _near(chance: random.Random, axis: int) -> float:
    return MIDDLE[axis] + chance.gauss(0.0, SPREAD)


async def _token(service: Service, role: Role, login: str, unit: str | None) -> str:
    person = people.Person.new(service.settings.center, login, role.value, unit)
    async with service.database.transaction() as connection:
        await people.add(connection, person)
    return await service.gate.hand_token(person)
