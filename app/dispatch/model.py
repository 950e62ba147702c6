"""What stands on the board: alerts with their needs, units with their slots, and who holds what.

Values only. No place and no name is among them: a place belongs to the ground, a name to the
sealed details, and the board knows both by id.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from immutables import Map


class Institution(StrEnum):
    """The kind of help a need asks for and a unit gives."""

    POLICE = "police"
    PROSECUTOR = "prosecutor"
    SHELTER = "shelter"


class Level(StrEnum):
    """Risk level. There is no "no risk"."""

    STANDARD = "standard"
    HIGH = "high"
    EXTREME = "extreme"

    @property
    def rank(self) -> int:
        """0 for the lowest, so that levels can be compared."""
        return _LEVELS.index(self)


_LEVELS = (Level.STANDARD, Level.HIGH, Level.EXTREME)


class AlertState(StrEnum):
    """Where an alert stands; the transitions are in `lifecycle.ALERT`."""

    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class NeedState(StrEnum):
    """Where a need, and the assignment that serves it, stands; see `lifecycle.NEED`."""

    SEARCHING = "searching"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    STUCK = "stuck"
    DONE = "done"
    CALLED_OFF = "called_off"


UNACCEPTED = frozenset({NeedState.SEARCHING, NeedState.OFFERED, NeedState.STUCK})
SERVED = frozenset({NeedState.ACCEPTED, NeedState.EN_ROUTE, NeedState.ON_SCENE})


class UnitState(StrEnum):
    """Where one slot of a unit stands; see `lifecycle.UNIT`. A patrol has one slot, a shelter one a place."""

    OFF_DUTY = "off_duty"
    FREE = "free"
    HELD = "held"
    BUSY = "busy"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why this unit was chosen, kept in the event and shown to people.

    Attributes:
        rule: `nearest` (the policy) or `by_hand` (a person named the unit).
        travel_s: seconds to the alert that the choice counted with, penalties not included. For a sealed
            place it is counted to its zone's inner point, so it tells the zone and no more.
        how: `road` (OSRM), `estimate` (distance x detour / speed) or `none` (nobody could say).
        distance_m: great-circle metres, counted the same way.
        from_station: the unit's fix was too old or absent, so its station stood for it.
        nearer_busy, nearer_asked, nearer_away: units nearer by distance that were passed over because
            they were busy or held, had been asked already, or were unreachable.
        considered: units whose travel was compared.
    """

    rule: str
    travel_s: float | None = None
    how: str = "none"
    distance_m: float | None = None
    from_station: bool = False
    nearer_busy: int = 0
    nearer_asked: int = 0
    nearer_away: int = 0
    considered: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNot:
    """Why nobody may be asked now, counted by the first reason that applied to each unit."""

    on_duty: int = 0
    busy: int = 0
    asked: int = 0
    away: int = 0
    lacking: int = 0


def folded(name: str) -> str:
    """A name without case and accents, as agencies are compared: nobody is let in by a spelling."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepOut:
    """Who is never offered the alert and never shown it: unit codes, crew members, whole agencies (`folded`)."""

    units: frozenset[str] = frozenset()
    crew: frozenset[str] = frozenset()
    agencies: frozenset[str] = frozenset()

    def bars(self, unit: "Unit") -> bool:
        """Whether this unit, as crewed now, is kept out."""
        return (
            unit.code in self.units
            or not self.crew.isdisjoint(unit.crew)
            or (bool(self.agencies) and folded(unit.agency) in self.agencies)
        )

    def __or__(self, other: "KeepOut") -> "KeepOut":
        return KeepOut(
            units=self.units | other.units,
            crew=self.crew | other.crew,
            agencies=self.agencies | other.agencies,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A human is called, and stays called until a named person acknowledges."""

    cause: str
    raised_at: float
    acknowledged_at: float | None = None
    acknowledged_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing an alert needs.

    Attributes:
        key: its name within the alert: `police`, `police-2`, …
        requires: capabilities a unit must have.
        offers: how many offers were made so far; numbers the assignments.
        asked: unit code -> when it was last asked or left, seconds since 1970 UTC.
        live: ids of the assignments that serve it now.
        retry_at: while stuck, when it is tried again at the latest.
    """

    key: str
    institution: Institution
    state: NeedState
    since: float
    requires: tuple[str, ...] = ()
    offers: int = 0
    asked: Mapping[str, float] = field(default_factory=dict)
    live: tuple[str, ...] = ()
    retry_at: float | None = None
    why_not: WhyNot | None = None
    alarm: Alarm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One report of violence that asks for help. Times are seconds since 1970 UTC."""

    id: str
    folio: str
    zone: str
    level: Level
    incident: str
    state: AlertState
    received_at: float
    raised_at: float
    needs: tuple[Need, ...] = ()
    threat: Mapping[str, str] = field(default_factory=dict)
    keep_out: KeepOut = field(default_factory=KeepOut)

    def need(self, key: str) -> Need | None:
        """The need of that name, or None."""
        return next((need for need in self.needs if need.key == key), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One need given to one unit. Born `offered`; a person must accept it.

    Attributes:
        seen_by, answer_by: the offer's two deadlines.
        stamps: name of each later step -> when the service heard of it.
    """

    id: str
    alert: str
    need: str
    unit: str
    slot: int
    state: NeedState
    why: Why
    offered_at: float
    seen_by: float
    answer_by: float
    stamps: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Who can be sent or can receive: a patrol, a prosecutor on call, a shelter.

    Attributes:
        code: its name on the radio, unique in the center.
        agency: the organisation its crew works for.
        sealed: its true place is secret; the ground knows its zone's inner point instead.
        withheld: it has left with her, so where it is leads to where she is safe. Its position is neither
            shown, kept nor counted with until it is on a scene again or its shift ends.
        slots: one state for each thing it can hold at once; their number is its capacity.
        held: assignment id -> slot number.
    """

    code: str
    institution: Institution
    agency: str
    zone: str
    capabilities: frozenset[str] = frozenset()
    sealed: bool = False
    crew: tuple[str, ...] = ()
    slots: tuple[UnitState, ...] = (UnitState.OFF_DUTY,)
    withheld: bool = False
    held: Mapping[str, int] = field(default_factory=dict)

    @property
    def free_slot(self) -> int | None:
        """The lowest free slot, or None."""
        return self.slots.index(UnitState.FREE) if UnitState.FREE in self.slots else None

    @property
    def state(self) -> UnitState:
        """The unit in one word: the first of these that any slot is in."""
        return next(state for state in _IN_ONE_WORD if state in self.slots)


_IN_ONE_WORD = (UnitState.FREE, UnitState.HELD, UnitState.BUSY, UnitState.UNREACHABLE, UnitState.OFF_DUTY)

NeedRef = tuple[str, str]
"""(alert id, need key)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Every open alert and every unit of one center, after `seq` events.

    `duty`, `idle` and `waiting` repeat what the rest says, so that a search touches only those it may ask:
    units on duty, units with a free slot, and needs that rest with nobody. `evolve` keeps them.
    """

    center: str
    prefix: str = "N"
    seq: int = 0
    at: float = 0.0
    folios: int = 0
    alerts: Map[str, Alert] = field(default_factory=Map)
    assignments: Map[str, Assignment] = field(default_factory=Map)
    units: Map[str, Unit] = field(default_factory=Map)
    duty: Map[Institution, Map[str, None]] = field(default_factory=Map)
    idle: Map[Institution, Map[str, None]] = field(default_factory=Map)
    waiting: Map[NeedRef, None] = field(default_factory=Map)

    def open_needs(self) -> Iterator[tuple[Alert, Need]]:
        """Every need that is not done or called off, with its alert."""
        for alert in self.alerts.values():
            for need in alert.needs:
                if need.state not in {NeedState.DONE, NeedState.CALLED_OFF}:
                    yield alert, need
