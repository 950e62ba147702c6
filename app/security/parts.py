"""Who had a part in an alert, when it was over, who was on shift: folded from the log for the insider rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from app.dispatch import events as e
from app.dispatch.evolve import LETS_GO
from app.dispatch.model import KeepOut


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A unit had accepted something of an alert, from then until then (None: it holds it still)."""

    unit: str
    since: float
    until: float | None

    def at(self, moment: float) -> bool:
        """Whether the unit held it at that moment."""
        return self.since <= moment and (self.until is None or moment <= self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFacts:
    """What the log says of one alert; times are seconds since 1970 UTC.

    Attributes:
        over_at: when it was closed or cancelled; None while it is open, or goes on as `merged_into`.
        acted: person -> when they first did something to it.
        keep_out: from when on who was kept out, oldest first.
    """

    over_at: float | None = None
    merged_into: str | None = None
    acted: Mapping[str, float] = field(default_factory=dict)
    held: tuple[Held, ...] = ()
    keep_out: tuple[tuple[float, KeepOut], ...] = ()

    def kept_out_at(self, moment: float) -> KeepOut:
        """Everybody who was kept out by then."""
        named = KeepOut()
        for since, keep_out in self.keep_out:
            named = named | keep_out if since <= moment else named
        return named

    def holds(self, unit: str, moment: float) -> bool:
        """Whether the unit worked on it at that moment."""
        return any(held.unit == unit and held.at(moment) for held in self.held)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One shift of a unit. `crew` was named at its start, `joined` came aboard by signing in, and when."""

    began_at: float
    ended_at: float | None = None
    until: float | None = None
    crew: frozenset[str] = frozenset()
    joined: Mapping[str, float] = field(default_factory=dict)

    def at(self, moment: float) -> bool:
        """Whether the shift was under way at that moment."""
        return self.began_at <= moment and (self.ended_at is None or moment <= self.ended_at)

    def meets(self, held: Held) -> bool:
        """Whether any of the shift lies in that time."""
        return (held.until is None or self.began_at <= held.until) and (
            self.ended_at is None or held.since <= self.ended_at
        )


def alert_facts(entries: Iterable[e.Entry]) -> dict[str, AlertFacts]:
    """Alert -> what its entries say, given in the order of the log."""
    stories: dict[str, list[e.Entry]] = {}
    for entry in entries:
        if isinstance(entry.event, e.AlertEvent):
            stories.setdefault(entry.event.alert, []).append(entry)
    return {alert: _facts(story) for alert, story in stories.items()}


def _facts(story: list[e.Entry]) -> AlertFacts:
    over_at, merged_into = None, None
    acted: dict[str, float] = {}
    held: dict[str, Held] = {}
    keep_out: list[tuple[float, KeepOut]] = []
    for entry in story:
        acted.setdefault(entry.by, entry.at)
        match entry.event:
            case e.AlertClosed() | e.AlertCancelled():
                over_at = entry.at
            case e.AlertMerged(into=into):
                merged_into = into
            case e.AlertRaised(keep_out=named) | e.KeptOut(keep_out=named):
                keep_out.append((entry.at, named))
            case e.Accepted(assignment=assignment, unit=unit):
                held[assignment] = Held(unit=unit, since=entry.at, until=None)
            case e.AssignmentEvent(assignment=assignment) if isinstance(entry.event, LETS_GO):
                known = held.get(assignment)
                if known is not None:
                    held[assignment] = Held(unit=known.unit, since=known.since, until=entry.at)
    return AlertFacts(
        over_at=over_at,
        merged_into=merged_into,
        acted=acted,
        held=tuple(held.values()),
        keep_out=tuple(keep_out),
    )


def shifts(entries: Iterable[e.Entry]) -> tuple[Shift, ...]:
    """The shifts of one unit from its entries, oldest first; what lies before its first start is left out."""
    found: list[Shift] = []
    for entry in entries:
        match entry.event:
            case e.DutyStarted(crew=crew, until=until):
                found.append(Shift(began_at=entry.at, until=until, crew=frozenset(crew)))
            case e.CrewJoined(member=member) if found:
                last = found[-1]
                found[-1] = replace(last, joined={member: entry.at, **last.joined})
            case e.DutyEnded() if found:
                found[-1] = replace(found[-1], ended_at=entry.at)
    return tuple(found)
