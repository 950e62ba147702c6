"""Who takes part in a show: one account for each unit's crew, and the people at the desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.dispatch.model import Institution
from app.geo.unit_files import UnitRow

OPERATORS = 3
COORDINATOR = "coordinator-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One account the service needs: its login, its role there, and for a crew the unit's code."""

    login: str
    role: Literal["operator", "coordinator", "unit", "shelter"]
    unit: str | None = None


def cast(units: Sequence[UnitRow], operators: int = OPERATORS) -> tuple[Role, ...]:
    """Everybody whom the shows need for these units, the desk first."""
    desk = [Role(login=COORDINATOR, role="coordinator")]
    desk += [Role(login=f"operator-{number}", role="operator") for number in range(1, operators + 1)]
    return (*desk, *map(_crew, units))


def guests(units: Sequence[UnitRow]) -> tuple[tuple[str, str, str | None], ...]:
    """Login, role and unit of who looks at a demo in a browser: at each page, and beside a crew of each kind."""
    desk = tuple((f"guest-{role}", role, None) for role in ("operator", "supervisor", "coordinator"))
    firsts = {unit.institution: unit for unit in reversed(units)}
    return (*desk, *((f"guest-{unit.code.lower()}", _crew(unit).role, unit.code) for unit in firsts.values()))


def _crew(unit: UnitRow) -> Role:
    role: Literal["unit", "shelter"] = "shelter" if unit.institution == Institution.SHELTER else "unit"
    return Role(login=crew_login(unit.code), role=role, unit=unit.code)


def crew_login(unit: str) -> str:
    """The login of a unit's crew."""
    return unit.lower()
