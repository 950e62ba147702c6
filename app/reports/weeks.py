"""Week by week, with what a week may be by chance: which wiggle of the median is a signal and which is none.

A control chart of single values (XmR; Wheeler 1993): the limits are the mean of the weekly medians and 2.66 mean
moving ranges to either side, taken from all weeks that are told. A signal is a week outside, or the eighth in a
row on one side.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .figures import told
from .frame import Frame
from .response_times import Row
from .table import Cell, Column, Kind, Table, whole

LIMIT = 2.66
"""Mean moving ranges; three standard deviations of single values (3 / 1.128)."""
RUN = 8
WEEKS_MIN = 6
"""Fewer have no limits: they would be made of chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Between which a week's median stays by chance; seconds."""

    middle_s: float
    low_s: float
    high_s: float


def limits(medians_s: Sequence[float]) -> Limits | None:
    """The limits of these weeks in their order; None for too few of them."""
    if len(medians_s) < WEEKS_MIN:
        return None
    middle = float(np.mean(medians_s))
    reach = LIMIT * float(np.mean(np.abs(np.diff(medians_s))))
    return Limits(middle_s=middle, low_s=max(0.0, middle - reach), high_s=middle + reach)


def signals(medians_s: Sequence[float], within: Limits) -> list[str | None]:
    """Of each week `slow` or `fast` where it lies outside, `run` where it is the eighth or later on one side."""
    found: list[str | None] = []
    run, side = 0, 0
    for median in medians_s:
        here = int(median > within.middle_s) - int(median < within.middle_s)
        run = run + 1 if here == side and here != 0 else int(here != 0)
        side = here
        outside = "slow" if median > within.high_s else "fast" if median < within.low_s else None
        found.append(outside or ("run" if run >= RUN else None))
    return found


def weeks(rows: Sequence[Row], interval: str, frame: Frame) -> Table:
    """One line for each week of rows of one interval by week."""
    lines = told(rows, frame.floor)
    medians = [line.row.p50_s for line in lines if line.lengths and line.row.p50_s is not None]
    within = limits(medians)
    said = iter(signals(medians, within) if within else [None] * len(medians))
    step = rows[0].interval.told_to_s if rows else 1
    cells: list[tuple[Cell, ...]] = []
    count = 0
    for line in lines:
        is_told = line.lengths and line.row.p50_s is not None
        signal = next(said) if is_told else None
        count += signal is not None
        cells.append(
            (
                dict(line.row.group)["week"],
                line.row.n if line.counts else "*",
                whole(line.row.p50_s, step) if line.lengths else "*",
                *(
                    whole(value, step)
                    for value in ((within.low_s, within.middle_s, within.high_s) if within else (None,) * 3)
                ),
                frame.say(f"signal.{signal}") if signal else None,
            )
        )
    name = frame.say(f"interval.{interval}")
    sentence = frame.say("said.weeks_few", interval=name, weeks=WEEKS_MIN)
    if within is not None:
        sentence = frame.say("said.weeks", interval=name, weeks=len(medians), signals=count)
    return Table(
        name="weeks",
        language=frame.language,
        title=f"{frame.say('title.weeks')}: {name}",
        sentence=sentence,
        columns=(
            Column(key="week", label=frame.say("key.week"), kind=Kind.TEXT),
            Column(key="n", label=frame.say("column.n")),
            *(
                Column(key=key, label=frame.say(f"column.{key}"), kind=Kind.SECONDS)
                for key in ("p50_s", "limit_low_s", "middle_s", "limit_high_s")
            ),
            Column(key="signal", label=frame.say("column.signal"), kind=Kind.TEXT),
        ),
        rows=tuple(cells),
        facts=frame.facts(),
        notes=(frame.say("note.weeks"), frame.say("note.hidden", floor=frame.floor)),
    )
