"""What each response-time interval is, numbered and frozen, and what became of it in one alert.

A definition is never edited: a change gets a new number and raises `VERSION`, so that no figure can be made to
look better in silence. Sources: NENA-STA-021.1b and NFPA 1225 for the time points; the law for `order`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from app.dispatch.model import Institution

from .leg import Leg
from .points import TimePoint
from .timeline import Timeline

VERSION = 4
"""Of the definitions together; printed with every figure."""

DAY_S = 86_400.0

WHOLE_ALERT = "all"
"""Stands for the institution where an interval is the alert's and no one institution's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """One definition: from `start` to `end`, of each leg or, where `per_leg` is False, of the alert.

    Attributes:
        definition: what it is, in each language (`es`, `en`).
        institutions: those whose legs it counts; an alert without such a leg is no subject of it.
        told_to_s: the step in which its lengths are told to anybody. How long the way to a sealed place took says
            how far it is, so what ends there is told coarsely,
        told_min: and of so many measured at least.
        absurd_s: what lasts longer is an error in the data. One dispatch does not take a day: a clock was set
            wrong, or a form filled in afterwards. To a safe place or an order it may take days, but not a month.
    """

    number: int
    name: str
    start: TimePoint
    end: TimePoint
    per_leg: bool
    definition: Mapping[str, str]
    institutions: frozenset[Institution] = frozenset(Institution)
    told_to_s: int = 1
    told_min: int = 1
    absurd_s: float = DAY_S

    @property
    def formula(self) -> str:
        """As people write it: `T4 − T3`."""
        return f"{self.end} − {self.start}"


_TRAVELS = frozenset({Institution.POLICE, Institution.PROSECUTOR})

INTERVALS: Mapping[str, Interval] = {
    interval.name: interval
    for interval in (
        Interval(
            number=13,
            name="processing",
            start=TimePoint.RAISED,
            end=TimePoint.OFFERED,
            per_leg=True,
            definition={
                "es": "De que se levanta la alerta a la primera vez que se pregunta a alguien por esa necesidad.",
                "en": "From the alert being raised to the first offer made for the need.",
            },
        ),
        Interval(
            number=14,
            name="acceptance",
            start=TimePoint.OFFERED,
            end=TimePoint.ACCEPTED,
            per_leg=True,
            definition={
                "es": "De la pregunta que al final se aceptó (no de la primera que se hizo) al sí de una persona.",
                "en": "From the offer that was finally accepted (not the first one made) to a person's yes.",
            },
        ),
        Interval(
            number=15,
            name="turnout",
            start=TimePoint.ACCEPTED,
            end=TimePoint.EN_ROUTE,
            per_leg=True,
            institutions=_TRAVELS,
            definition={
                "es": "De ese sí a ir en camino, de la unidad que al final atendió. No cuenta para refugios.",
                "en": "From that yes to being on the way, of the unit that finally served. Not for shelters.",
            },
        ),
        Interval(
            number=16,
            name="travel",
            start=TimePoint.EN_ROUTE,
            end=TimePoint.ON_SCENE,
            per_leg=True,
            institutions=_TRAVELS,
            definition={
                "es": "De ir en camino al sitio, de la unidad que al final atendió. No cuenta para refugios.",
                "en": "From being on the way to the scene, of the unit that finally served. Not for shelters.",
            },
        ),
        Interval(
            number=17,
            name="response",
            start=TimePoint.RECEIVED,
            end=TimePoint.ON_SCENE,
            per_leg=False,
            institutions=frozenset({Institution.POLICE}),
            definition={
                "es": "De la más temprana de sus llamadas a la primera policía en sitio, relevada después o no.",
                "en": "From the earliest of its calls to the first police unit on scene, replaced later or not.",
            },
        ),
        Interval(
            number=18,
            name="safety",
            start=TimePoint.RECEIVED,
            end=TimePoint.SAFE,
            per_leg=False,
            definition={
                "es": "De la más temprana de sus llamadas a un lugar seguro, como lo dijo la primera unidad.",
                "en": "From the earliest of its calls to a safe place reached, as the first unit said it.",
            },
            told_to_s=900,
            told_min=10,
            absurd_s=30 * DAY_S,
        ),
        Interval(
            number=19,
            name="order",
            start=TimePoint.RECEIVED,
            end=TimePoint.ORDER,
            per_leg=False,
            definition={
                "es": "De la más temprana de sus llamadas a que se dicta la orden de protección.",
                "en": "From the earliest of its calls to the protection order issued.",
            },
            absurd_s=30 * DAY_S,
        ),
        Interval(
            number=20,
            name="answering",
            start=TimePoint.RECEIVED,
            end=TimePoint.ANSWERED,
            per_leg=False,
            definition={
                "es": "De la más temprana de sus llamadas a que una persona contesta.",
                "en": "From the earliest of its calls to a person answering.",
            },
        ),
        Interval(
            number=21,
            name="call_taking",
            start=TimePoint.ANSWERED,
            end=TimePoint.RAISED,
            per_leg=False,
            definition={
                "es": "De que una persona contesta a que se levanta la alerta.",
                "en": "From a person answering to the alert being raised.",
            },
        ),
    )
}
"""Every interval by its name, in the order of their numbers.

5, 6 and 7 were response, safety and order from the first call that came, whatever joined it later. Version 3 added
11 and 12. 1 to 4 and 8 to 12 are the same as 13 to 21 but for what is absurd, which they measured.
"""


class Outcome(StrEnum):
    """What became of one interval; each subject counts in exactly one of these."""

    MEASURED = "measured"
    """Both stamps are there."""
    MISSING = "missing"
    """It lies behind (something later happened, the leg or the alert ended) but a stamp is absent; or whoever kept
    the record writes no such stamp, so that nothing can be known of it."""
    UNATTENDED = "unattended"
    """Nobody has come so far, or ever did."""
    CANCELLED = "cancelled"
    """The need or the alert was called off before, or it was settled that there will be no order."""
    NEGATIVE = "negative"
    """It ends before it starts: an error in the data."""
    ABSURD = "absurd"
    """It lasts longer than `absurd_s`: an error in the data."""
    EXCLUDED = "excluded"
    """It is not part of the figures, only of this count: the alert was cancelled before anybody was asked, or
    merged into another one that goes on for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One interval of one leg (or alert: `need` is None) and what became of it.

    `seconds`: its length where measured, negative or absurd; where unattended, how long it has run when asked (a
    censored time), None where it has not even started; else None. `since`: of the unattended, when it started.
    `reason`: why it is excluded, `never_asked` or `merged`; else None.
    `unit`: whose interval it is: who serves the leg, or of a response the first there; WHOLE_ALERT where it is no
    one unit's, None where nobody serves.
    """

    alert: str
    need: str | None
    institution: str
    unit: str | None
    outcome: Outcome
    seconds: float | None = None
    since: float | None = None
    reason: str | None = None


def observe(timeline: Timeline, interval: Interval, at: float) -> Iterator[Observation]:
    """What became of `interval` in this alert, seen at `at` (seconds since 1970 UTC): one per leg, or one.

    Who serves a merged alert counts there, with its own leg; all else of it counts where it was merged into.
    """
    never_asked = timeline.cancelled_at is not None and timeline.offers == 0
    legs = tuple(timeline.of(*interval.institutions))
    subjects: list[tuple[str | None, str, str | None, tuple[Outcome, float | None]]] = []
    if interval.per_leg:
        subjects = [(leg.need, leg.institution.value, leg.unit, _of_leg(timeline, leg, interval)) for leg in legs]
    elif legs:
        one = len(interval.institutions) == 1
        institution = legs[0].institution.value if one else WHOLE_ALERT
        unit = _first_there(legs) if interval.end is TimePoint.ON_SCENE else WHOLE_ALERT
        subjects = [(None, institution, unit, _of_alert(timeline, legs, interval))]
    for need, institution, unit, (outcome, time) in subjects:
        merged = timeline.merged_at is not None and (need is None or timeline.leg(need).serving is None)
        seen = partial(Observation, alert=timeline.alert, need=need, institution=institution, unit=unit)
        if never_asked or merged:
            reason = "never_asked" if never_asked else "merged"
            yield seen(outcome=Outcome.EXCLUDED, reason=reason)
        elif outcome is Outcome.UNATTENDED and time is not None:
            yield seen(outcome=outcome, seconds=max(0.0, at - time), since=time)
        else:
            yield seen(outcome=outcome, seconds=time)


def _first_there(legs: tuple[Leg, ...]) -> str | None:
    there = [
        (times.stamps[TimePoint.ON_SCENE], times.unit)
        for leg in legs
        for times in leg.assignments
        if TimePoint.ON_SCENE in times.stamps
    ]
    return min(there)[1] if there else None


_OF_THE_CALL = frozenset({TimePoint.ANSWERED, TimePoint.RAISED})
_BEFORE_SERVING = frozenset({TimePoint.OFFERED, TimePoint.ACCEPTED})


def _of_leg(timeline: Timeline, leg: Leg, interval: Interval) -> tuple[Outcome, float | None]:
    match interval.start:
        case TimePoint.RAISED:
            start = timeline.at(TimePoint.RAISED)
        case TimePoint.OFFERED:
            start = leg.answered_offer.stamps.get(TimePoint.OFFERED) if leg.answered_offer else None
        case _:
            start = leg.at(interval.start)
    behind = leg.serving is not None and leg.serving.passed(interval.end)
    # The neighbouring center's own log has what is missing here.
    if interval.end in _BEFORE_SERVING:
        behind = behind or leg.elsewhere_at is not None
    behind = behind or leg.done_elsewhere_at is not None
    behind = behind or timeline.lacks(interval.start, interval.end)
    called_off = leg.called_off_at is not None
    return _outcome(interval, start, leg.at(interval.end), behind=behind, called_off=called_off)


def _of_alert(timeline: Timeline, legs: tuple[Leg, ...], interval: Interval) -> tuple[Outcome, float | None]:
    if interval.end is TimePoint.ON_SCENE:
        # A closed alert alone proves no arrival: it may be closed while the patrol is still on its way.
        behind = any(times.passed(TimePoint.ON_SCENE) for leg in legs for times in leg.assignments)
        behind = behind or any(leg.done_elsewhere_at is not None for leg in legs)
        called_off = all(leg.called_off_at is not None for leg in legs)
    elif interval.end in _OF_THE_CALL:
        # The alert is there, so somebody has answered, whether or not it was written down.
        called_off, behind = False, True
    elif interval.end is TimePoint.ORDER:
        called_off = timeline.order is not None or timeline.cancelled_at is not None
        behind = timeline.closed_at is not None and not called_off
    else:
        behind = timeline.closed_at is not None
        called_off = timeline.cancelled_at is not None
    behind = behind or timeline.lacks(interval.start, interval.end)
    start, end = timeline.at(interval.start), timeline.at(interval.end)
    return _outcome(interval, start, end, behind=behind, called_off=called_off)


def _outcome(
    interval: Interval, start: float | None, end: float | None, *, behind: bool, called_off: bool
) -> tuple[Outcome, float | None]:
    """What became of it, with its length in seconds or, of the unattended, since when it runs."""
    if start is not None and end is not None:
        if end < start:
            return Outcome.NEGATIVE, end - start
        return (Outcome.ABSURD if end - start > interval.absurd_s else Outcome.MEASURED), end - start
    if end is not None or behind:
        return Outcome.MISSING, None
    if called_off:
        return Outcome.CANCELLED, None
    return Outcome.UNATTENDED, start
