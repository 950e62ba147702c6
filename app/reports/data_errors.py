"""Which intervals cannot be true, one by one: for who can put the record right."""

from collections.abc import Iterable

from .cases import cases_table, group_column, text_column
from .frame import Frame
from .intervals import INTERVALS, Outcome, observe
from .outward import TOLD_LENGTHS
from .table import Cell, Column, Kind, Table, whole
from .timeline import Timeline

_WRONG = (Outcome.NEGATIVE, Outcome.ABSURD)


def data_errors(timelines: Iterable[Timeline], frame: Frame) -> Table:
    """Every interval that ends before it starts or lasts longer than its definition allows, by folio.

    The length is told where that of a single case may be; how long the way to a safe place took may not.
    """
    lines: list[tuple[Cell, ...]] = []
    count = dict.fromkeys(_WRONG, 0)
    for timeline in sorted(timelines, key=lambda one: (one.received_at, one.folio)):
        for name, interval in INTERVALS.items():
            for seen in observe(timeline, interval, frame.at):
                if seen.outcome not in _WRONG:
                    continue
                count[seen.outcome] += 1
                lines.append(
                    (
                        timeline.folio,
                        frame.say(f"interval.{name}"),
                        interval.number,
                        frame.value("institution", seen.institution),
                        frame.value("zone", timeline.zone),
                        interval.start.value,
                        interval.end.value,
                        frame.say(f"outcome.{seen.outcome.value}"),
                        whole(seen.seconds) if name in TOLD_LENGTHS else None,
                        timeline.alert,
                    )
                )
    counts = {outcome.value: found for outcome, found in count.items()}
    return cases_table(
        "data-errors",
        frame.say("said.data-errors", all=len(lines), **counts),
        frame,
        (
            text_column("folio", frame),
            Column(key="interval", label=frame.say("key.interval"), kind=Kind.TEXT),
            Column(key="definition", label=frame.say("key.definition")),
            *(group_column(key, frame) for key in ("institution", "zone")),
            *(text_column(key, frame) for key in ("starts", "ends", "outcome")),
            Column(key="seconds", label=frame.say("column.seconds"), kind=Kind.CHANGE),
            text_column("alert", frame),
        ),
        lines,
    )
