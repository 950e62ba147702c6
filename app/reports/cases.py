"""Single cases for who runs the center: the slowest, the day, the order clock, who has nobody now. Folios only."""

from collections.abc import Iterable, Sequence

from app.dispatch.model import Institution

from .frame import Frame
from .intervals import INTERVALS, Outcome, observe
from .outward import TOLD, TOLD_LENGTHS, outward
from .points import TimePoint
from .table import Cell, Column, Kind, Table, clock, whole
from .timeline import Timeline

SLOWEST = 10
ORDER_WITHIN_S = 14_400.0
"""The law: a protection order within four hours of knowing (LGAMVLV)."""


def worst(timelines: Iterable[Timeline], interval: str, frame: Frame) -> Table:
    """The longest of one interval, those still waiting among them, each with its times since the call.

    Raises ValueError for an interval whose length is not told of a single alert.
    """
    if interval not in TOLD_LENGTHS:
        raise ValueError(f"single cases are told of {', '.join(TOLD_LENGTHS)}")
    seen = [
        (observation.seconds, timeline, observation)
        for timeline in timelines
        for observation in observe(timeline, INTERVALS[interval], frame.at)
        if observation.seconds is not None and observation.outcome in {Outcome.MEASURED, Outcome.UNATTENDED}
    ]
    slowest = sorted(seen, key=lambda one: (-one[0], one[1].folio))[:SLOWEST]
    name = frame.say(f"interval.{interval}")
    sentence = frame.say("said.empty")
    if slowest:
        length = clock(whole(slowest[0][0]) or 0)
        sentence = frame.say("said.worst", interval=name, folio=slowest[0][1].folio, length=length)
    points = [point for point in TOLD if point is not TimePoint.RECEIVED]
    return cases_table(
        "worst",
        sentence,
        frame,
        (
            Column(key="place", label=frame.say("column.place")),
            text_column("folio", frame),
            *(group_column(key, frame) for key in ("level", "zone", "institution")),
            text_column("outcome", frame),
            seconds_column("seconds", frame),
            text_column("received", frame),
            *(Column(key=point.value, label=f"{point} − T0", kind=Kind.SECONDS) for point in points),
            text_column("alert", frame),
        ),
        [
            (
                place,
                timeline.folio,
                frame.value("level", timeline.level_highest.value),
                frame.value("zone", timeline.zone),
                frame.value("institution", observation.institution),
                frame.say(f"outcome.{observation.outcome.value}"),
                whole(seconds),
                frame.time(timeline.at(TimePoint.RECEIVED)),
                *_since_call(timeline, points),
                timeline.alert,
            )
            for place, (seconds, timeline, observation) in enumerate(slowest, start=1)
        ],
        title=f"{frame.say('title.worst')}: {name}",
    )


def day(timelines: Sequence[Timeline], frame: Frame) -> Table:
    """Every alert of the period in the order of its call, and how it stands."""
    lines: list[tuple[Cell, ...]] = []
    count = {"open": 0, "waiting": 0}
    for timeline in sorted(timelines, key=lambda one: (one.received_at, one.folio)):
        state, help_ = state_of(timeline), help_of(timeline)
        here, call = timeline.at(TimePoint.ON_SCENE), timeline.at(TimePoint.RECEIVED)
        open_ = state == "open"
        count["open"] += open_
        count["waiting"] += open_ and help_ == "nobody"
        lines.append(
            (
                frame.time(timeline.at(TimePoint.RECEIVED)),
                timeline.folio,
                frame.value("level", timeline.level_highest.value),
                frame.value("zone", timeline.zone),
                frame.say(f"state.{state}"),
                frame.say(f"help.{help_ if open_ else 'over'}"),
                None if here is None or call is None else whole(here - call),
                whole(frame.at - timeline.received_at) if open_ and here is None else None,
                timeline.alert,
            )
        )
    return cases_table(
        "day",
        frame.say("said.day", calls=len(lines), **count),
        frame,
        (
            *(text_column(key, frame) for key in ("received", "folio")),
            *(group_column(key, frame) for key in ("level", "zone")),
            *(text_column(key, frame) for key in ("state", "help")),
            seconds_column("response_s", frame),
            seconds_column("waited_s", frame),
            text_column("alert", frame),
        ),
        lines,
    )


def order_clock(timelines: Sequence[Timeline], frame: Frame) -> Table:
    """Every alert that may get a protection order, those still waited for first, by when each is or was due."""
    lines: list[tuple[tuple[bool, float], tuple[Cell, ...]]] = []
    count = {"running": 0, "late": 0, "issued": 0}
    for timeline in timelines:
        if timeline.cancelled_at is not None or timeline.merged_at is not None:
            continue
        if timeline.lacks(TimePoint.RECEIVED, TimePoint.ORDER):
            continue
        due = timeline.received_at + ORDER_WITHIN_S
        issued = timeline.at(TimePoint.ORDER)
        runs = timeline.order is None and timeline.closed_at is None
        state = timeline.order or ("unknown" if not runs else "late" if frame.at > due else "running")
        count[state] = count.get(state, 0) + 1
        lines.append(
            (
                (not runs, due),
                (
                    timeline.folio,
                    frame.value("level", timeline.level_highest.value),
                    frame.value("zone", timeline.zone),
                    frame.time(timeline.at(TimePoint.RECEIVED)),
                    frame.time(due),
                    frame.say(f"order.{state}"),
                    whole(due - frame.at) if runs else None,
                    None if issued is None else whole(issued - timeline.received_at),
                    timeline.alert,
                ),
            )
        )
    said = {key: count[key] for key in ("running", "late", "issued")}
    return cases_table(
        "order-clock",
        frame.say("said.order-clock", **said),
        frame,
        (
            text_column("folio", frame),
            *(group_column(key, frame) for key in ("level", "zone")),
            *(text_column(key, frame) for key in ("received", "due", "state")),
            Column(key="left_s", label=frame.say("column.left_s"), kind=Kind.CHANGE),
            seconds_column("order_s", frame),
            text_column("alert", frame),
        ),
        [line for _, line in sorted(lines, key=lambda one: one[0])],
    )


def stuck(timelines: Iterable[Timeline], frame: Frame) -> Table:
    """Every need of an open alert that has nobody at this moment, the longest wait first."""
    found = sorted(
        (
            (leg.stuck_since, timeline, leg)
            for timeline in timelines
            if state_of(timeline) == "open"
            for leg in timeline.legs
            if leg.stuck_since is not None and not leg.over
        ),
        key=lambda one: (one[0], one[1].folio),
    )
    sentence = frame.say("said.stuck_none")
    if found:
        waited = clock(whole(frame.at - found[0][0]) or 0)
        sentence = frame.say("said.stuck", needs=len(found), folio=found[0][1].folio, waited=waited)
    return cases_table(
        "stuck",
        sentence,
        frame,
        (
            text_column("folio", frame),
            *(group_column(key, frame) for key in ("level", "zone", "institution")),
            text_column("since", frame),
            seconds_column("waited_s", frame),
            Column(key="times", label=frame.say("column.times")),
            text_column("alert", frame),
        ),
        [
            (
                timeline.folio,
                frame.value("level", timeline.level_highest.value),
                frame.value("zone", timeline.zone),
                frame.value("institution", leg.institution.value),
                frame.time(since),
                whole(frame.at - since),
                leg.stuck,
                timeline.alert,
            )
            for since, timeline, leg in found
        ],
    )


def state_of(timeline: Timeline) -> str:
    """How the alert stands."""
    if timeline.cancelled_at is not None:
        return "cancelled"
    if timeline.closed_at is not None:
        return "closed"
    return "open" if timeline.merged_at is None else "merged"


def help_of(timeline: Timeline) -> str:
    """How far the police have come, or, where none was asked for, whoever is."""
    legs = [leg for leg in timeline.legs if leg.institution is Institution.POLICE] or list(timeline.legs)
    for point, word in (
        (TimePoint.ON_SCENE, "on_scene"),
        (TimePoint.EN_ROUTE, "en_route"),
        (TimePoint.ACCEPTED, "accepted"),
    ):
        if any(leg.at(point) is not None for leg in legs):
            return word
    return "nobody"


def _since_call(timeline: Timeline, points: Sequence[TimePoint]) -> list[Cell]:
    told, call = outward(timeline), timeline.at(TimePoint.RECEIVED)
    return [None if (at := told[point]) is None or call is None else whole(at - call) for point in points]


def cases_table(
    name: str,
    sentence: str,
    frame: Frame,
    columns: tuple[Column, ...],
    rows: Sequence[tuple[Cell, ...]],
    title: str | None = None,
) -> Table:
    """A table of single cases: folios, times and zones, and a note that it stays in the center."""
    return Table(
        name=name,
        language=frame.language,
        title=title or frame.say(f"title.{name}"),
        sentence=sentence,
        columns=columns,
        rows=tuple(rows),
        facts=frame.facts(),
        notes=(
            frame.say("note.cases"),
            *([frame.say("note.outward")] if name == "worst" else []),
            frame.say("note.zone", zone=str(frame.time_zone)),
        ),
    )


def text_column(key: str, frame: Frame) -> Column:
    """A column of words."""
    return Column(key=key, label=frame.say(f"column.{key}"), kind=Kind.TEXT)


def group_column(key: str, frame: Frame) -> Column:
    """A column of a group's values."""
    return Column(key=key, label=frame.say(f"key.{key}"), kind=Kind.TEXT)


def seconds_column(key: str, frame: Frame) -> Column:
    """A column of lengths."""
    return Column(key=key, label=frame.say(f"column.{key}"), kind=Kind.SECONDS)
