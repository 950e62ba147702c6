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
    MERGED = "merged"


class NeedState(StrEnum):
    """Where a need, and the assignment that serves it, stands; see `lifecycle.NEED`."""

    SEARCHING = "searching"
    OFFERED = "offered"
    OFFERED_TWICE = "offered_twice"
    ACCEPTED = "accepted"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    STUCK = "stuck"
    ELSEWHERE = "elsewhere"
    DONE = "done"
    CALLED_OFF = "called_off"


OFFERS = frozenset({NeedState.OFFERED, NeedState.OFFERED_TWICE})
UNACCEPTED = frozenset({NeedState.SEARCHING, NeedState.STUCK}) | OFFERS
SERVED = frozenset({NeedState.ACCEPTED, NeedState.EN_ROUTE, NeedState.ON_SCENE})
OVER = frozenset({NeedState.DONE, NeedState.CALLED_OFF})


class UnitState(StrEnum):
    """Where one slot of a unit stands; see `lifecycle.UNIT`. A patrol has one slot, a shelter one a place."""

    OFF_DUTY = "off_duty"
    FREE = "free"
    HELD = "held"
    BUSY = "busy"
    OCCUPIED = "occupied"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why this unit was chosen, kept in the event and shown to people.

    Attributes:
        rule: `nearest` (the policy), `together` (the policy, several needs at once), `nearer_unit` (it took over
            from one farther off), `higher_level` (taken from a lower one) or `by_hand` (a person named the unit).
        travel_s: seconds to the alert that the choice counted with, penalties not included. For a sealed
            place it is counted to its zone's inner point, so it tells the zone and no more.
        how: `road` (OSRM), `estimate` (distance x detour / speed) or `none` (nobody could say).
        distance_m: great-circle metres, counted the same way.
        from_station: the unit's fix was too old or absent, so its station stood for it.
        nearer_busy, nearer_asked, nearer_away: units nearer by distance that were passed over because
            they were busy or held, had been asked already, or were unreachable.
        considered: units whose travel was compared.
        zone_step: 0 its own zone, 1 a neighbouring one, 2 farther off.
        lacks: preferred capabilities it does not have.
        resting, shift_ends: it has only just become free; its shift is nearly over.
        gain_s: seconds by which it is nearer than who had the need, or than any free unit.
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
    zone_step: int = 0
    lacks: tuple[str, ...] = ()
    resting: bool = False
    shift_ends: bool = False
    gain_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNot:
    """Why nobody may be asked now, counted by the first reason that applied to each unit."""

    on_duty: int = 0
    busy: int = 0
    asked: int = 0
    away: int = 0
    lacking: int = 0
    kept_out: int = 0
    too_close: int = 0


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


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """A human is called, and stays called until its cause is over; a named person acknowledges.

    Attributes:
        first_at: when it was first raised for this cause; `raised_at`: when it last sounded.
        times: how often it has sounded.
    """

    cause: str
    first_at: float
    raised_at: float
    times: int = 1
    acknowledged_at: float | None = None
    acknowledged_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """A neighbouring center that was asked for a need, and what it has said.

    Attributes:
        alert, folio: of the alert its desk has for it; None until it has answered.
        state: of the need there, in the words of `NeedState`; None until it has answered.
        heard_at: when it was last heard.
    """

    center: str
    asked_at: float
    heard_at: float
    alert: str | None = None
    folio: str | None = None
    state: str | None = None


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The neighbouring center's alert and need that an alert here stands for; `state` of that need, as heard."""

    center: str
    alert: str
    need: str
    folio: str
    state: str = "stuck"


@dataclass(frozen=True, kw_only=True)
class Need:
    """One thing an alert needs.

    Attributes:
        key: its name within the alert: `police`, `police-2`, …
        requires, prefers: capabilities a unit must have, should have.
        children: how many children come with her (shelters).
        party: whom a patrol is for, where two are sent: `victim` or `aggressor`.
        transport: who serves it takes her to the shelter.
        unaccepted_since: since when nobody has accepted it.
        offers: how many offers were made so far; numbers the assignments.
        asked: unit code -> when it was last asked or left, seconds since 1970 UTC.
        live: ids of the assignments that serve it now.
        first: it lost its unit to a higher level and is first in line of its own.
        changed_at: when it last lost its unit to a better match.
        retry_at: while stuck, when it is tried again at the latest.
    """

    key: str
    institution: Institution
    state: NeedState
    since: float
    unaccepted_since: float
    requires: tuple[str, ...] = ()
    prefers: tuple[str, ...] = ()
    children: int = 0
    party: str | None = None
    transport: bool = False
    offers: int = 0
    asked: Mapping[str, float] = field(default_factory=dict)
    live: tuple[str, ...] = ()
    first: bool = False
    changed_at: float | None = None
    retry_at: float | None = None
    why_not: WhyNot | None = None
    alarm: Alarm | None = None
    neighbour: Neighbour | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change of an alert's level and its reason: a question, a screen's mark, a rule, a person's word."""

    level: Level
    reason: str
    at: float


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One report of violence that asks for help. Times are seconds since 1970 UTC.

    Attributes:
        received_at: T0, the earliest of its calls.
        calls: id of each call -> when it was received.
        steps: how the level came about, oldest first.
        household: opaque names of her telephone and address, to know a second call by; what they stand for is
            kept apart and can be destroyed.
        history: how many earlier alerts the household had when this one was raised.
        avoid_zones: zones in which the aggressor has a known place.
        order_by: when the protection order is due; `order`: what became of it (`issued`, `refused`, `not_wanted`,
            `elsewhere`), None while it is open.
        at_rest_since: since when nobody works on it and nobody is looked for.
        origin: it was handed here by a neighbouring center.
        merged_into: the alert that goes on for it.
    """

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
    calls: Mapping[str, float] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    household: frozenset[str] = frozenset()
    history: int = 0
    avoid_zones: frozenset[str] = frozenset()
    order_by: float | None = None
    order: str | None = None
    at_rest_since: float | None = None
    alarm: Alarm | None = None
    origin: Origin | None = None
    merged_into: str | None = None

    def need(self, key: str) -> Need | None:
        """The need of that name, or None."""
        return next((need for need in self.needs if need.key == key), None)


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """One need given to one unit. Born `offered`; a person must accept it.

    Attributes:
        seen_by, answer_by: the offer's two deadlines.
        heard_at: when the unit last said anything about it.
        arrive_by: on the way, when it is overdue.
        hold_until: of a shelter's place, when it is released unless she has come.
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
    heard_at: float
    arrive_by: float | None = None
    hold_until: float | None = None
    stamps: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Unit:
    """Who can be sent or can receive: a patrol, a prosecutor on call, a shelter.

    Attributes:
        code: its name on the radio, unique in the center.
        agency: the organisation its crew works for.
        capabilities: what it always has; `crew_brings`: what its crew adds for this shift.
        children_max: of a shelter, how many children one place takes; None where nobody said.
        on_duty: a shift is under way.
        until: when the shift ends, where that was said.
        free_since: when it last let go of something it had accepted.
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
    children_max: int | None = None
    on_duty: bool = False
    crew: tuple[str, ...] = ()
    crew_brings: frozenset[str] = frozenset()
    until: float | None = None
    free_since: float | None = None
    slots: tuple[UnitState, ...] = (UnitState.OFF_DUTY,)
    withheld: bool = False
    held: Mapping[str, int] = field(default_factory=dict)

    def has(self, capability: str) -> bool:
        """Whether the unit, as crewed now, has this capability."""
        return capability in self.capabilities or capability in self.crew_brings

    @property
    def free_slot(self) -> int | None:
        """The lowest free slot, or None."""
        return self.slots.index(UnitState.FREE) if UnitState.FREE in self.slots else None

    @property
    def state(self) -> UnitState:
        """The unit in one word: the first of these that any slot is in."""
        return next(state for state in _IN_ONE_WORD if state in self.slots)


_IN_ONE_WORD = (
    UnitState.FREE,
    UnitState.HELD,
    UnitState.BUSY,
    UnitState.UNREACHABLE,
    UnitState.OFF_DUTY,
    UnitState.OCCUPIED,
)

NeedRef = tuple[str, str]
"""(alert id, need key)."""
Way = tuple[float | None, str]
"""(seconds the choice counted with, assignment id) of a unit that is not on its way yet."""
WAY_STEP_S = 10.0
"""So coarse are ways kept apart by their length; the longest are found without looking at all of them."""


@dataclass(frozen=True, kw_only=True)
class Board:
    """Every open alert and every unit of one center, after `seq` events.

    `duty`, `idle` and all that follow them repeat what the rest says, so that a search touches only
    those it may ask: units on duty, units with a free slot, those of them with one capability, units on duty that
    are unreachable, units that were asked or have accepted and are not on their way (no shelters), what these hold
    by the length of the way in steps of `WAY_STEP_S`, needs that rest with nobody, needs of an extreme alert with
    one offer, and the open alert of each household. `evolve` keeps them.
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
    able: Map[tuple[Institution, str], Map[str, None]] = field(default_factory=Map)
    away: Map[Institution, Map[str, None]] = field(default_factory=Map)
    unsent: Map[Institution, Map[str, tuple[Way, ...]]] = field(default_factory=Map)
    ways: Map[tuple[Institution, int], Map[str, float]] = field(default_factory=Map)
    waiting: Map[NeedRef, None] = field(default_factory=Map)
    thin: Map[NeedRef, None] = field(default_factory=Map)
    households: Map[str, str] = field(default_factory=Map)

    @property
    def next_folio(self) -> str:
        """The folio of the alert that is raised next."""
        return f"{self.prefix}-{self.folios + 1}"

    def merged_here(self, alert: Alert) -> list[Alert]:
        """The alerts that were merged into this one and that somebody still works on.

        The id of an alert is that of its first call, and its calls went with it.
        """
        found = [self.alerts.get(call) for call in alert.calls]
        return [each for each in found if each is not None and each.merged_into == alert.id]

    def open_needs(self) -> Iterator[tuple[Alert, Need]]:
        """Every need that is not done or called off, with its alert."""
        for alert in self.alerts.values():
            for need in alert.needs:
                if need.state not in OVER:
                    yield alert, need
