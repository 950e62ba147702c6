"""The synthetic center: its settings, its one operator, its one unit, and how it is begun anew."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from app.dispatch.commands import SERVICE, ListUnits, UnitFacts
from app.dispatch.model import Institution
from app.geo.point import Point
from app.security.sessions import Role
from app.service import Service
from app.settings import SYNTHETIC, Settings
from app.store import people, synthetic
from app.store.rows import PlaceRow, RegionRows
from app.store.session import Database

UNIT = "SYNTHETIC-1"
PLACE = Point(0.0, 0.0)
"""In the Gulf of Guinea, where nobody lives: of the call and of the unit's station."""
SESSION_S = 30 * 86_400.0
"""Longer than the center stands before it is begun anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The sessions of the two people there are."""

    operator: str
    unit: str


def settings_of(real: Service) -> Settings:
    """Those of the real center, but for what leaves this machine, what is kept, and who may come.

    Roads are none: a process whose roads are down is slower and well, and `/readyz` says so by itself.
    """
    settings = real.settings
    file = settings.master_key_file
    if file is None and settings.master_key is None and settings.master_key_command is None:
        file = settings.data_dir / "master.key"
    changed: dict[str, Any] = {
        "center": f"{settings.center}{SYNTHETIC}",
        "center_name": "Synthetic",
        "folio_prefix": "SYN",
        "master_key_file": file,
        "data_dir": settings.data_dir / "synthetic",
        "osrm_url": None,
        "synthetic_s": 0.0,
        "public_origin": None,
        "push_contact": None,
        "oidc": None,
        "neighbours": {},
        "report_centers": (),
        "native_clients": True,
        "session_idle_s": SESSION_S,
        "session_absolute_s": SESSION_S,
    }
    return settings.model_copy(update=changed)


async def forget(database: Database, center: str) -> None:
    """Nothing is left of it: its log is about nobody, and would grow for ever. Raises one of GONE."""
    async with database.transaction() as connection:
        await synthetic.forget(connection, center)


async def furnish(service: Service) -> Tokens:
    """List the unit and sign the two people in, who have no password. Raises Refusal, NotSaved or one of GONE."""
    center = service.settings.center
    unit = UnitFacts(code=UNIT, institution=Institution.POLICE, agency=center, zone="")
    stands = RegionRows(places=(PlaceRow(unit=UNIT, lat=PLACE.lat, lon=PLACE.lon),), zones=(), summary={})
    await service.desk.perform(ListUnits(id=str(uuid4()), by=SERVICE, units=(unit,)), region=stands)
    return Tokens(
        operator=await _sign_in(service, Role.OPERATOR, None), unit=await _sign_in(service, Role.UNIT, UNIT)
    )


async def _sign_in(service: Service, role: Role, unit: str | None) -> str:
    person = people.Person.new(service.settings.center, f"synthetic-{role.value}", role.value, unit)
    async with service.database.transaction() as connection:
        await people.add(connection, person)
    return await service.gate.hand_token(person)
