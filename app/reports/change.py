"""Before and after, or two groups of zones side by side, as a table with a sentence that can be read aloud."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np

from .compare import Change, Measured, Pair, compare
from .frame import Frame
from .intervals import INTERVALS, Interval, Outcome, observe
from .response_times import Period, Shifts
from .table import HIDDEN, Cell, Column, Fact, Kind, Table, clock, text_of, whole
from .timeline import Timeline

SEED = 20_260_101
"""The same question has the same answer each time it is asked."""
_FRACTIONS = (0.5, 0.9)


def measured(
    timelines: Iterable[Timeline], interval: str, at: float, shifts: Shifts, *, mixed_zones: bool = True
) -> list[Measured]:
    """Every measured length of the interval, with its local day and its zone × shift × level; without
    `mixed_zones` only its shift × level."""
    found = []
    for timeline in timelines:
        clock_of = shifts.labels(timeline.received_at)
        for seen in observe(timeline, INTERVALS[interval], at):
            if seen.outcome is Outcome.MEASURED and seen.seconds is not None:
                stratum = (timeline.zone if mixed_zones else None, clock_of["shift"], timeline.level_highest)
                found.append(Measured(seconds=seen.seconds, day=clock_of["day"], stratum=stratum))
    return found


def change_table(
    before: Sequence[Timeline],
    after: Sequence[Timeline],
    before_period: Period,
    interval: str,
    frame: Frame,
    shifts: Shifts,
    control: Collection[str] = (),
) -> Table:
    """P50 and P90 of both periods (`frame.period` is the after), as they are and at equal mix, and the counts.

    `control`: zones in which nothing was changed. They are left out of the figures, which are then compared with
    them as well.
    """
    pairs = [
        Pair(
            before=measured(first, interval, frame.at, shifts), after=measured(second, interval, frame.at, shifts)
        )
        for first, second in (_parted(before, after, control, inside=inside) for inside in (False, True))
    ]
    definition = INTERVALS[interval]
    changes = list(_changes(pairs[0], pairs[1] if control else None, max(frame.floor, definition.told_min)))
    lines = [
        _counts(key, [_by_zone(side, interval, outcome, frame.at) for side in (before, after)], control, frame)
        for key, outcome in _COUNTED
    ]
    return _table(
        "compare", ("before", "after"), changes, lines, definition, frame, _period_facts(before_period, frame)
    )


def zones_table(
    timelines: Sequence[Timeline],
    groups: tuple[Collection[str], Collection[str]],
    interval: str,
    frame: Frame,
    shifts: Shifts,
) -> Table:
    """P50 and P90 of two groups of zones over the same days, as they are and at equal mix of shift and level.

    The change is the second group's less the first's. Raises ValueError for a group without a zone, and for a zone
    in both.
    """
    if not all(groups) or set(groups[0]) & set(groups[1]):
        raise ValueError("two groups of zones are compared, and no zone is in both")
    sides = [[one for one in timelines if one.zone in zones] for zones in groups]
    first, second = (measured(side, interval, frame.at, shifts, mixed_zones=False) for side in sides)
    definition = INTERVALS[interval]
    floor = max(frame.floor, definition.told_min)
    changes = list(_changes(Pair(before=first, after=second), None, floor, same_days=True))
    lines = [
        _counts_of_groups(key, [_by_zone(side, interval, outcome, frame.at) for side in sides], frame)
        for key, outcome in _COUNTED
    ]
    facts = tuple(
        Fact(
            key=f"zones_{which}",
            label=frame.say(f"column.{which}_zones"),
            text=", ".join(sorted(frame.value("zone", zone) for zone in zones)),
        )
        for which, zones in zip(("first", "second"), groups, strict=True)
    )
    return _table("zone-groups", ("first_zones", "second_zones"), changes, lines, definition, frame, facts)


_COUNTED = (
    ("n", Outcome.MEASURED),
    *((one.value, one) for one in (Outcome.MISSING, Outcome.UNATTENDED, Outcome.NEGATIVE, Outcome.ABSURD)),
)
"""What stands below the changes, by its column's name."""


def _table(
    name: str,
    sides: tuple[str, str],
    changes: Sequence[tuple[int, str, Change]],
    lines: Sequence[tuple[Cell, ...]],
    definition: Interval,
    frame: Frame,
    facts: tuple[Fact, ...],
) -> Table:
    """The changes and, below them, how many there were; `sides` are the columns of the two that are compared."""
    rows = [_line(percent, mix, change, definition, frame) for percent, mix, change in changes]
    return Table(
        name=name,
        language=frame.language,
        title=f"{frame.say(f'title.{name}')}: {frame.say(f'interval.{definition.name}')}",
        sentence=_sentence(name, changes[0][2] if changes else None, definition, frame),
        columns=(
            Column(key="measure", label=frame.say("column.measure"), kind=Kind.TEXT),
            *(Column(key=side, label=frame.say(f"column.{side}"), kind=Kind.TEXT) for side in sides),
            *(
                Column(key=key, label=frame.say(f"column.{key}"), kind=Kind.CHANGE)
                for key in ("change", "low", "high")
            ),
            Column(key="smallest", label=frame.say("column.smallest"), kind=Kind.SECONDS),
            Column(key="real", label=frame.say("column.real"), kind=Kind.TEXT),
        ),
        rows=(*rows, *lines),
        facts=(*frame.facts(), *facts),
        notes=(
            f"{definition.number} {frame.say(f'interval.{definition.name}')} = {definition.formula}."
            f" {definition.definition[frame.language]}"
            f" {frame.say('said.absurd', bound=clock(round(definition.absurd_s)))}",
            *(frame.say(f"note.{note}") for note in ("bootstrap", *_NOTES[name], "percentiles")),
            frame.say("note.hidden", floor=frame.floor),
            frame.say("note.zone", zone=str(frame.time_zone)),
        ),
    )


_NOTES = {"compare": ("mix", "control"), "zone-groups": ("zones_mix", "zones")}
"""What is said of one kind of comparison only."""


def _parted(
    before: Sequence[Timeline], after: Sequence[Timeline], zones: Collection[str], *, inside: bool
) -> tuple[list[Timeline], list[Timeline]]:
    """Both periods inside these zones, or outside of them."""
    first, second = ([one for one in side if (one.zone in zones) is inside] for side in (before, after))
    return first, second


def _changes(
    found: Pair, control: Pair | None, floor: int, *, same_days: bool = False
) -> Iterator[tuple[int, str, Change]]:
    """The changes that may be told: nothing of fewer than `floor` on a side, theirs or the control's."""

    def enough(pair: Pair) -> bool:
        return min(len(pair.before), len(pair.after)) >= floor

    for way in ("plain", "mix", "control"):
        against = control if way == "control" else None
        if (way == "control" and (against is None or not enough(against))) or not enough(
            found.in_both if way == "mix" else found
        ):
            continue
        for fraction in _FRACTIONS:
            chance = np.random.default_rng(SEED)
            change = compare(found, fraction, chance, same_mix=way == "mix", same_days=same_days, control=against)
            if change is not None:
                yield round(100 * fraction), way, change


def _line(percent: int, mix: str, change: Change, interval: Interval, frame: Frame) -> tuple[Cell, ...]:
    step = interval.told_to_s

    def length(seconds: float) -> str:
        return text_of(whole(seconds, step), Kind.SECONDS)

    return (
        frame.say(f"measure.{mix}", percent=percent),
        length(change.before_s),
        length(change.after_s),
        *(whole(value, step) for value in (change.change_s, change.low_s, change.high_s, change.smallest_s)),
        frame.say("yes" if change.real else "no"),
    )


def _sentence(kind: str, change: Change | None, interval: Interval, frame: Frame) -> str:
    name, step = frame.say(f"interval.{interval.name}"), interval.told_to_s
    if change is None:
        return frame.say(f"said.{kind}_none", interval=name)
    smallest = clock(whole(change.smallest_s, step) or 0)
    real = frame.say("said.compare_real") if change.real else frame.say("said.compare_chance", smallest=smallest)
    said = {
        key: text_of(whole(value, step), Kind.CHANGE)
        for key, value in (("change", change.change_s), ("low", change.low_s), ("high", change.high_s))
    }
    lengths = {
        key: text_of(whole(value, step), Kind.SECONDS)
        for key, value in (("before", change.before_s), ("after", change.after_s))
    }
    return frame.say(f"said.{kind}", interval=name, real=real, **said, **lengths)


def _counts(key: str, sides: Sequence[Counter[str]], control: Collection[str], frame: Frame) -> tuple[Cell, ...]:
    """How many there were outside of the control zones. Whoever asks again with one control zone less finds that
    zone by subtraction, so a small one among them hides the sum."""
    told = []
    for side in sides:
        outside = sum(count for zone, count in side.items() if zone not in control)
        cells = (outside, *(side[zone] for zone in control))
        told.append(HIDDEN if any(0 < count < frame.floor for count in cells) else str(outside))
    return (frame.say(f"column.{key}"), *told, None, None, None, None, None)


def _counts_of_groups(key: str, sides: Sequence[Counter[str]], frame: Frame) -> tuple[Cell, ...]:
    """How many there were in each group. Whoever asks again with a zone less finds that zone by subtraction, so a
    small one hides the sum."""
    told = [
        HIDDEN if any(0 < count < frame.floor for count in side.values()) else str(side.total()) for side in sides
    ]
    return (frame.say(f"column.{key}"), *told, None, None, None, None, None)


def _by_zone(timelines: Iterable[Timeline], interval: str, outcome: Outcome, at: float) -> Counter[str]:
    return Counter(
        timeline.zone
        for timeline in timelines
        for seen in observe(timeline, INTERVALS[interval], at)
        if seen.outcome is outcome
    )


def _period_facts(before: Period, frame: Frame) -> tuple[Fact, ...]:
    minute = "%Y-%m-%d %H:%M"
    said = f"{frame.time(before.start, minute)} – {frame.time(before.end, minute)}"
    return (Fact(key="period_before", label=frame.say("fact.before"), text=said),)
