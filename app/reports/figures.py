"""Response times and targets as tables that may leave the house: worded, in whole seconds, small cells hidden."""

from collections.abc import Sequence
from dataclasses import dataclass

from .frame import Frame
from .intervals import INTERVALS, Interval
from .response_times import Row
from .small_cells import Cell as Name
from .small_cells import hidden
from .table import HIDDEN, Cell, Column, Fact, Kind, Table, clock, percent, whole
from .words import say

COUNTS = ("n", "missing", "unattended", "cancelled", "negative", "absurd", "excluded")
LENGTHS = ("p50_s", "p75_s", "p90_s", "p95_s", "censored_p50_s", "censored_p90_s")
FIGURES = (*LENGTHS, "within", "verified")
LAST = ("waited_longest_s", "mean_s")
"""The mean stands last: of times with a long tail it says the least."""
_PERCENT = frozenset({"within", "verified"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A row as it may be told: perhaps without its counts, its lengths or its mean.

    Counts and means can be subtracted from those of a larger group, percentiles cannot.
    """

    row: Row
    counts: bool
    lengths: bool
    mean: bool


def told(rows: Sequence[Row], floor: int) -> list[Told]:
    """The rows of each interval as they may be told; none where they would say nothing or too much."""
    found: list[Told] = []
    for interval in dict.fromkeys(row.interval.number for row in rows):
        of = {_name(row): row for row in rows if row.interval.number == interval}
        cases = hidden({name: row.subjects for name, row in of.items()}, floor)
        measured = hidden(
            {name: row.n for name, row in of.items()}, max(floor, next(iter(of.values())).interval.told_min)
        )
        lines = [
            Told(
                row=row,
                counts=name not in cases.cells,
                lengths=name not in cases.small | measured.small,
                mean=name not in cases.cells | measured.cells,
            )
            for name, row in of.items()
        ]
        if not cases.hopeless and any(line.counts or line.lengths for line in lines):
            found += lines
    return found


def response_times(rows: Sequence[Row], by: Sequence[str], frame: Frame) -> Table:
    """One line for each interval and group."""
    lines = told(rows, frame.floor)
    columns = (
        _text("interval", frame.say("key.interval")),
        Column(key="definition", label=frame.say("key.definition")),
        *(_text(key, frame.say(f"key.{key}")) for key in by),
        *(_figure(key, frame) for key in (*COUNTS, *FIGURES, *LAST)),
    )
    used = {row.interval.number: row.interval for row in rows}
    wrong = sorted({alert for line in lines if line.counts for alert in wrong_in(line.row)})
    return Table(
        name="response-times",
        language=frame.language,
        title=frame.say("title.response-times"),
        sentence=_sentence(rows, lines, frame),
        columns=columns,
        rows=tuple(_cells(line, frame) for line in lines),
        facts=(*frame.facts(), _errors(lines, frame)),
        notes=(
            *definitions([interval for _, interval in sorted(used.items())], frame.language),
            *(frame.say(f"note.{note}") for note in ("counts", "percentiles", "censored", "within", "coarse")),
            *_targets_of(rows, frame),
            *([frame.say("note.wrong", alerts=", ".join(wrong))] if wrong else []),
            frame.say("note.hidden", floor=frame.floor),
            frame.say("note.zone", zone=str(frame.time_zone)),
        ),
    )


def wrong_in(row: Row) -> tuple[str, ...]:
    """Ids of the alerts whose data are wrong here."""
    return (*row.negative_alerts, *row.absurd_alerts)


def _errors(lines: Sequence[Told], frame: Frame) -> Fact:
    """How many intervals of the lines whose counts are told cannot be true."""
    rows = [line.row for line in lines if line.counts]
    counts = {"negative": sum(row.negative for row in rows), "absurd": sum(row.absurd for row in rows)}
    return Fact(key="data_errors", label=frame.say("fact.data_errors"), text=frame.say("said.errors", **counts))


def definitions(intervals: Sequence[Interval], language: str) -> list[str]:
    """The numbered definitions of these intervals, as they are printed beside their figures."""
    return [
        f"{one.number} {say(f'interval.{one.name}', language)} = {one.formula}. {one.definition[language]}"
        f" {say('said.absurd', language, bound=clock(round(one.absurd_s)))}"
        for one in intervals
    ]


def targets(rows: Sequence[Row], frame: Frame) -> Table:
    """One line for each target of ungrouped rows: how much was within it, beside how much it wants."""
    lines: list[tuple[Cell, ...]] = []
    met = 0
    for line in told(rows, frame.floor):
        for one in line.row.targets:
            small = not line.lengths or 0 < one.decided < frame.floor
            share = percent(one.share)
            met += not small and share is not None and share >= 100 * one.target.share
            lines.append(
                (
                    frame.say(f"interval.{line.row.interval.name}"),
                    line.row.interval.number,
                    whole(one.target.within_s),
                    percent(one.target.share),
                    HIDDEN if small else one.decided,
                    HIDDEN if small else share,
                    one.target.source,
                    one.target.effective.isoformat(),
                )
            )
    columns = (
        _text("interval", frame.say("key.interval")),
        Column(key="definition", label=frame.say("key.definition")),
        _column("target_s", frame, Kind.SECONDS),
        _column("wanted", frame, Kind.PERCENT),
        _column("decided", frame),
        _column("within", frame, Kind.PERCENT),
        _column("source", frame, Kind.TEXT),
        _column("effective", frame, Kind.TEXT),
    )
    return Table(
        name="targets",
        language=frame.language,
        title=frame.say("title.targets"),
        sentence=frame.say("said.targets", met=met, all=len(lines)) if lines else frame.say("said.empty"),
        columns=columns,
        rows=tuple(lines),
        facts=frame.facts(),
        notes=(frame.say("note.within"), frame.say("note.hidden", floor=frame.floor)),
    )


def machine_rows(rows: Sequence[Row], floor: int) -> list[dict[str, object]]:
    """The same lines for programs: seconds to the millisecond, null where a figure is hidden or there is none."""
    return [_machine(line) for line in told(rows, floor)]


def _machine(line: Told) -> dict[str, object]:
    row = line.row
    step = row.interval.told_to_s

    def seconds(value: float | None, *, told: bool) -> float | None:
        if value is None or not told:
            return None
        return round(value, 3) if step == 1 else float(round(value / step) * step)

    return {
        "interval": row.interval.name,
        "definition": row.interval.number,
        "group": dict(row.group),
        "hidden": not line.counts,
        **{name: getattr(row, name) if line.counts else None for name in COUNTS},
        **{name: seconds(getattr(row, name), told=line.lengths) for name in LENGTHS},
        "mean_s": seconds(row.mean_s, told=line.mean),
        "waited_longest_s": round(row.waited_longest_s, 3) if line.counts and row.waited_longest_s else None,
        "negative_alerts": list(row.negative_alerts) if line.counts else [],
        "absurd_alerts": list(row.absurd_alerts) if line.counts else [],
    }


def _name(row: Row) -> Name:
    return tuple(value for _, value in row.group)


def _cells(line: Told, frame: Frame) -> tuple[Cell, ...]:
    row, step = line.row, line.row.interval.told_to_s
    counts: dict[str, Cell] = {name: getattr(row, name) for name in COUNTS}
    counts["within"] = percent(row.targets[0].share if row.targets else None)
    counts["verified"] = percent(row.verified)
    counts["waited_longest_s"] = whole(row.waited_longest_s)
    lengths: dict[str, Cell] = {name: whole(getattr(row, name), step) for name in LENGTHS}
    shown: dict[str, Cell] = {
        **{name: value if line.counts else HIDDEN for name, value in counts.items()},
        **{name: value if line.lengths else HIDDEN for name, value in lengths.items()},
        "mean_s": whole(row.mean_s, step) if line.mean else HIDDEN,
    }
    if not line.lengths:
        shown["within"] = HIDDEN
    return (
        frame.say(f"interval.{row.interval.name}"),
        row.interval.number,
        *(frame.value(key, value) for key, value in row.group),
        *(shown[name] for name in (*COUNTS, *FIGURES, *LAST)),
    )


def _sentence(rows: Sequence[Row], lines: Sequence[Told], frame: Frame) -> str:
    """Of the response where there is one, else of the first interval, and of its largest group that is told."""
    if not rows:
        return frame.say("said.empty")
    if not lines:
        return frame.say("said.too_few")
    of_response = [line for line in lines if line.row.interval.name == "response"]
    wanted = of_response or [line for line in lines if line.row.interval is lines[0].row.interval]
    line = max(wanted, key=lambda one: (one.lengths, one.counts, one.row.n))
    row, step = line.row, line.row.interval.told_to_s
    values = [frame.value(key, value) for key, value in row.group]
    name = " · ".join([frame.say(f"interval.{row.interval.name}"), *values])
    half, most = whole(row.p50_s, step), whole(row.p90_s, step)
    if not line.lengths or (half is None and not line.counts):
        return frame.say("said.row_hidden", name=name)
    counts = {"name": name, "missing": row.missing, "unattended": row.unattended}
    if half is None or most is None:
        return frame.say("said.row_none", **counts)
    if not line.counts:
        return frame.say("said.row_few", name=name, p50=clock(half), p90=clock(most))
    return frame.say("said.row", n=row.n, p50=clock(half), p90=clock(most), **counts)


def _targets_of(rows: Sequence[Row], frame: Frame) -> list[str]:
    """The target each interval's share stands against."""
    first = {row.interval.name: row.targets[0].target for row in rows if row.targets}
    return [
        frame.say(
            "note.target",
            interval=frame.say(f"interval.{name}"),
            share=percent(target.share),
            within=clock(round(target.within_s)),
            source=target.source,
            effective=target.effective.isoformat(),
        )
        for name, target in first.items()
        if name in INTERVALS
    ]


def _figure(key: str, frame: Frame) -> Column:
    if key in COUNTS:
        return _column(key, frame)
    return _column(key, frame, Kind.PERCENT if key in _PERCENT else Kind.SECONDS)


def _column(key: str, frame: Frame, kind: Kind = Kind.COUNT) -> Column:
    return Column(key=key, label=frame.say(f"column.{key}"), kind=kind)


def _text(key: str, label: str) -> Column:
    return Column(key=key, label=label, kind=Kind.TEXT)
