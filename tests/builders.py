"""Small builders for tests: units, alerts, a flat ground, and an evening on which commands are performed."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.dispatch import commands as c
from app.dispatch import deadlines
from app.dispatch import events as e
from app.dispatch.decide import Decision, decide
from app.dispatch.evolve import evolve
from app.dispatch.model import Alert, Assignment, Board, Institution, KeepOut, Need, Unit
from app.dispatch.rules import Rules
from app.geo.near import Near
from app.geo.travel import Travel

POLICE, PROSECUTOR, SHELTER = Institution.POLICE, Institution.PROSECUTOR, Institution.SHELTER
START = 1_700_000_000.0
"""When every evening begins."""
ROUNDS_MAX = 100
"""How often something may be due at one moment of an evening."""


def a_unit(
    code: str = "P1",
    institution: Institution = POLICE,
    *,
    agency: str = "municipal",
    zone: str = "centro",
    capacity: int = 1,
    capabilities: Sequence[str] = (),
) -> c.UnitFacts:
    """A unit of the center's list."""
    return c.UnitFacts(
        code=code,
        institution=institution,
        agency=agency,
        zone=zone,
        capacity=capacity,
        capabilities=frozenset(capabilities),
    )


def wanted(*institutions: Institution, requires: Sequence[str] = ()) -> tuple[c.NeedWanted, ...]:
    """One need for each institution named."""
    return tuple(c.NeedWanted(institution=each, requires=tuple(requires)) for each in institutions)


def an_alert(
    alert: str = "A1",
    *institutions: Institution,
    requires: Sequence[str] = (),
    threat: Mapping[str, str] | None = None,
    keep_out: KeepOut | None = None,
    zone: str = "centro",
) -> c.RaiseAlert:
    """A command to raise an alert that needs police, or what is named."""
    return c.RaiseAlert(
        id=alert,
        by="operator",
        zone=zone,
        needs=wanted(*(institutions or (POLICE,)), requires=requires),
        threat=threat or {},
        keep_out=keep_out or KeepOut(),
    )


def a_call(
    call: str, *institutions: Institution, household: Sequence[str] = ("h-phone",), **more: Any
) -> c.RaiseAlert:
    """A call from a household; it asks for what is named, or says no more than where."""
    return c.RaiseAlert(
        id=call,
        by="operator",
        zone="centro",
        household=frozenset(household),
        needs=wanted(*institutions),
        **more,
    )


def a_board(*units: c.UnitFacts, on_duty: bool = True, at: float = START) -> Board:
    """A board with these units, on duty with nobody named aboard unless said otherwise."""
    board = Board(center="test")
    for facts in units:
        listed = e.UnitListed(
            unit=facts.code,
            institution=facts.institution,
            agency=facts.agency,
            zone=facts.zone,
            capacity=facts.capacity,
            capabilities=facts.capabilities,
            sealed=facts.sealed,
            children_max=facts.children_max,
        )
        board = evolve(board, listed, at)
        if on_duty:
            board = evolve(board, e.DutyStarted(unit=facts.code), at)
    return board


class FlatGround:
    """A plane in metres; alerts lie at the origin unless put elsewhere, everybody drives at one speed."""

    def __init__(self, speed_m_s: float = 10.0) -> None:
        self.speed_m_s = speed_m_s
        self.alerts: dict[str, tuple[float, float]] = {}
        self.stations: dict[str, tuple[float, float]] = {}
        self.fixes: dict[str, tuple[tuple[float, float], float]] = {}
        self.borders: list[set[str]] = []
        self.avoided: dict[str, list[tuple[float, float]]] = {}
        self.moved: dict[str, float] = {}
        self.dead: dict[str, float] = {}
        self._named: dict[tuple[str, str], float] = {}

    def near(self, alert: str, among: Mapping[str, object], fix_after: float) -> Iterator[Near]:
        found = []
        for unit in among:
            if unit in self.stations:
                place, fix_at = self.fixes.get(unit, (self.stations[unit], None))
                if fix_at is not None and fix_at < fix_after:
                    place, fix_at = self.stations[unit], None
                distance_m = math.dist(place, self.alerts.get(alert, (0.0, 0.0)))
                self._named[alert, unit] = distance_m
                found.append(Near(unit, distance_m, fix_at))
        return iter(sorted(found, key=lambda near: (near.distance_m, near.unit)))

    def travel(self, alert: str, units: Sequence[str], institution: str, at: float) -> list[Travel]:
        return [Travel(self._metres(alert, unit) / self.speed_m_s, "estimate") for unit in units]

    def zone_step(self, zone: str, other: str) -> int:
        return 0 if zone == other else 1 if {zone, other} in self.borders else 2

    def avoided_m(self, alert: str, unit: str) -> float | None:
        return min((math.dist(place, self.stations[unit]) for place in self.avoided.get(alert, ())), default=None)

    def moved_at(self, unit: str) -> float | None:
        return self.moved.get(unit)

    def quiet(self, before: float) -> Sequence[tuple[float, str]]:
        return sorted((since, unit) for unit, since in self.dead.items() if since <= before)

    def _metres(self, alert: str, unit: str) -> float:
        place = self.fixes[unit][0] if unit in self.fixes else self.stations[unit]
        return self._named.get((alert, unit), math.dist(place, self.alerts.get(alert, (0.0, 0.0))))


class Evening:
    """A board, a flat ground and a clock that the test moves.

    The units stand on a line, the first one kilometre from the alerts, the next two, and so on.
    """

    def __init__(
        self,
        *units: c.UnitFacts,
        rules: Rules | None = None,
        ground: FlatGround | None = None,
        on_duty: bool = True,
    ) -> None:
        self.board = a_board(*units, on_duty=on_duty)
        self.rules = rules or Rules()
        self.ground = ground or FlatGround()
        self.at = START
        self.happened: list[e.Event] = []
        self._commands = 0
        for place, facts in enumerate(units, start=1):
            self.ground.stations[facts.code] = (1000.0 * place, 0.0)

    def perform(self, command: c.Command) -> Decision:
        """Perform it now; `happened` is what followed."""
        self.happened = []
        decision = decide(self.board, command, self.at, self.rules, self.ground)
        self.board, self.happened = decision.board, list(decision.events)
        return decision

    def ask(self, kind: type[c.Command], **fields: Any) -> Decision:
        """Perform a command of this kind by the supervisor."""
        return self.perform(kind(id=self._next_id(), by="supervisor", **fields))

    def says(self, unit: str, kind: type[c.AssignmentCommand], **fields: Any) -> Decision:
        """The unit says this about the one thing it holds."""
        (assignment,) = self.board.units[unit].held
        return self.perform(kind(id=self._next_id(), by=unit, unit=unit, assignment=assignment, **fields))

    def accepts(self, unit: str) -> None:
        """The unit looks at its offer and says yes."""
        self.says(unit, c.SeeOffer)
        self.says(unit, c.Accept)

    def goes(self, seconds: float) -> list[e.Event]:
        """Let time pass and perform what falls due, in order. Returns what followed.

        Fails where something is always due again at the same moment: no clock would get past it.
        """
        end, happened, rounds = self.at + seconds, list[e.Event](), 0
        while (due_at := self._next_due()) is not None and due_at <= end:
            rounds = rounds + 1 if due_at <= self.at else 0
            assert rounds < ROUNDS_MAX, f"always something due again at {due_at}"
            self.at = max(self.at, due_at)
            for command in deadlines.due(self.board, self.at, self.rules, self.ground):
                try:
                    self.perform(command)
                except c.Refusal:
                    continue
                happened += self.happened
        self.at = end
        self.happened = happened
        return happened

    def alert(self, alert: str = "A1") -> Alert:
        """The alert as it stands."""
        return self.board.alerts[alert]

    def need(self, need: str = "police", alert: str = "A1") -> Need:
        """The need as it stands."""
        found = self.board.alerts[alert].need(need)
        assert found is not None
        return found

    def unit(self, code: str) -> Unit:
        """The unit as it stands."""
        return self.board.units[code]

    def holder(self, need: str = "police", alert: str = "A1") -> str | None:
        """The unit that was asked or that accepted, or None."""
        live = self.need(need, alert).live
        return self.board.assignments[live[0]].unit if live else None

    def assignment(self, need: str = "police", alert: str = "A1") -> Assignment:
        """The live assignment of the need."""
        (live,) = self.need(need, alert).live
        return self.board.assignments[live]

    def kinds(self) -> list[str]:
        """The names of what followed the last command."""
        return [type(event).__name__ for event in self.happened]

    def _next_due(self) -> float | None:
        return deadlines.Agenda().next_at(self.board, self.rules, self.ground)

    def _next_id(self) -> str:
        self._commands += 1
        return f"c{self._commands}"
