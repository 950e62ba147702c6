"""Columns against the definition written out: every figure of every group to the last digit, after any change."""

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from app.reports.intervals import INTERVALS, Observation, Outcome, observe
from app.reports.observations import Observations
from app.reports.ordered import ordered
from app.reports.response_times import KEYS, Period, Row, Shifts, rows_of, summarise
from app.reports.targets import PUBLISHED, in_force
from app.reports.timeline import Timeline, feed
from simulator.scenario import draw
from simulator.watched import Watched
from tests.reports.test_targets import OWN

SHIFTS = Shifts(time_zone=ZoneInfo("America/Mexico_City"))
TARGETS = in_force((OWN, *PUBLISHED), OWN.effective)
VALUES = st.floats(0, 1e7) | st.integers(0, 5).map(float)
GROUPS = st.lists(st.lists(VALUES, max_size=200), max_size=9)


@settings(deadline=None)
@given(GROUPS, st.floats(0, 1), VALUES)
def test_what_is_read_of_all_groups_at_once_is_what_is_read_of_each(
    groups: list[list[float]], fraction: float, limit: float
) -> None:
    pairs = sorted(((value, group) for group, values in enumerate(groups) for value in values), key=hash)
    values, codes = np.array([one[0] for one in pairs]), np.array([one[1] for one in pairs], dtype=np.int32)
    found = ordered(values, codes, len(groups))
    for group, alone in enumerate(groups):
        assert found.of(group).tolist() == sorted(alone)
        assert found.counts[group] == len(alone)
        assert found.up_to(limit)[group] == sum(value <= limit for value in alone)
        for column, figure in (
            (found.percentiles(fraction), percentile_cont(alone, fraction)),
            (found.means(), float(np.mean(np.sort(alone))) if alone else math.nan),
            (found.largest(), max(alone, default=math.nan)),
        ):
            assert np.array_equal(column[group], figure, equal_nan=True)


@pytest.mark.parametrize("size", [7, 8, 9, 127, 128, 129, 1_000, 100_000])
def test_the_mean_of_one_group_among_others_is_that_of_the_group_alone(size: int) -> None:
    of = np.random.default_rng(size)
    alone = of.lognormal(6, 1, size)
    values, codes = np.append(alone, of.lognormal(6, 1, 3_000)), np.repeat([1, 0, 3], [size, 1_500, 1_500])
    assert ordered(values, codes, 4).means()[1] == np.mean(np.sort(alone))


def percentile_cont(values: Sequence[float], fraction: float) -> float:
    """As PostgreSQL does it (`orderedsetaggs.c`): lo + proportion x (hi - lo)."""
    if not values:
        return math.nan
    ranked, place = sorted(values), fraction * (len(values) - 1)
    low, high = ranked[math.floor(place)], ranked[math.ceil(place)]
    return low + (place - math.floor(place)) * (high - low)


def by_hand(told: Sequence[Timeline], by: Sequence[str], at: float) -> dict[tuple[str, ...], dict[str, object]]:
    """Interval and values -> every figure, one group after another."""
    groups: dict[tuple[str, ...], list[Observation]] = defaultdict(list)
    for timeline in told:
        labels = SHIFTS.labels(timeline.received_at)
        for interval in INTERVALS.values():
            for seen in observe(timeline, interval, at):
                values = {
                    "institution": seen.institution,
                    "zone": timeline.zone,
                    "level": timeline.level_highest.value,
                    "unit": seen.unit or "none",
                    "center": timeline.center,
                    **labels,
                }
                groups[(interval.name, *(values[key] for key in by))].append(seen)
    return {name: figures(seen, name[0]) for name, seen in groups.items()}


def figures(seen: Sequence[Observation], interval: str) -> dict[str, object]:
    counts = {outcome: sum(one.outcome is outcome for one in seen) for outcome in Outcome}
    timed = [(one.outcome, one.seconds) for one in seen if one.seconds is not None]
    lengths = [seconds for outcome, seconds in timed if outcome is Outcome.MEASURED]
    waits = [seconds for outcome, seconds in timed if outcome is Outcome.UNATTENDED]
    left = stats.ecdf(stats.CensoredData(uncensored=lengths, right=waits)).sf if lengths else None

    def reached(share: float) -> float | None:
        if left is None:
            return None
        by_then = left.quantiles[left.probabilities <= 1.0 - share + 1e-12]
        return float(by_then[0]) if len(by_then) else None

    return {
        "n": counts.pop(Outcome.MEASURED),
        **{outcome.value: count for outcome, count in counts.items()},
        **{
            f"{wrong.value}_alerts": tuple(sorted({one.alert for one in seen if one.outcome is wrong}))
            for wrong in (Outcome.NEGATIVE, Outcome.ABSURD)
        },
        **{
            f"p{round(100 * cut)}_s": percentile_cont(lengths, cut) if lengths else None
            for cut in (0.5, 0.75, 0.9, 0.95)
        },
        "mean_s": float(np.mean(np.sort(lengths))) if lengths else None,
        "waited_longest_s": max(waits, default=None),
        "censored_p50_s": reached(0.5),
        "censored_p90_s": reached(0.9),
        "targets": [
            (
                target,
                sum(one <= target.within_s for one in lengths),
                len(lengths) + sum(one > target.within_s for one in waits),
            )
            for target in TARGETS.get(interval, ())
        ],
    }


def shown(rows: Sequence[Row]) -> dict[tuple[str, ...], dict[str, object]]:
    names = [name for name in Row.__slots__ if name not in {"interval", "group"}]
    return {
        (row.interval.name, *(value for _, value in row.group)): {
            **{name: getattr(row, name) for name in names},
            "targets": [(one.target, one.within, one.decided) for one in row.targets],
        }
        for row in rows
    }


def a_night(seed: int) -> Watched:
    trial = Watched(draw(seed, 12.0))
    trial.run()
    return trial


@pytest.mark.parametrize("seed", [1, 2])
def test_every_report_of_a_night_has_the_figures_of_each_group_alone(seed: int) -> None:
    """By any one or two keys, in the middle of the night, when many still wait, and with absurd stamps."""
    log = a_night(seed).engine.log
    half = log[: len(log) // 2]
    known: dict[str, Timeline] = {}
    for entry in half:
        feed(known, entry, f"c{seed}")
    told, at = list(known.values()), half[-1].at
    for by in [(), *combinations(KEYS, 1), *combinations(KEYS, 2)]:
        rows = summarise(told, by, at=at, shifts=SHIFTS, targets=TARGETS)
        assert shown(rows) == by_hand(told, by, at)
        assert [row.interval.number for row in rows] == sorted(row.interval.number for row in rows)


@pytest.mark.parametrize("seed", [3, 4])
def test_columns_that_follow_the_log_are_those_of_the_whole_log(seed: int) -> None:
    """A night of joins, merges, splits and entries after the end, taken in as it comes, in pieces of any size."""
    log, of = a_night(seed).engine.log, np.random.default_rng(seed)
    known: dict[str, Timeline] = {}
    seen = Observations(time_zone=SHIFTS.time_zone)
    kept, was, done = [], [], 0
    while done < len(log):
        part = log[done : done + int(of.integers(1, len(log) // 7))]
        done += len(part)
        for entry in part:
            feed(known, entry)
        changed = {getattr(entry.event, "alert", "") for entry in part} & set(known)
        seen = seen.after(known[alert] for alert in changed)
        at = log[done - 1].at
        anew = summarise(known.values(), ("zone", "unit", "hour"), at=at, shifts=SHIFTS, targets=TARGETS)
        now = rows_of(seen, ("zone", "unit", "hour"), at=at, shifts=SHIFTS, targets=TARGETS)
        assert now == anew
        kept.append((seen, at))
        was.append(now)
    again = [rows_of(one, ("zone", "unit", "hour"), at=at, shifts=SHIFTS, targets=TARGETS) for one, at in kept]
    assert again == was, "who reads an older one while newer ones are made reads what it was"


def test_a_period_of_columns_is_the_period_of_its_timelines() -> None:
    log = a_night(5).engine.log
    known: dict[str, Timeline] = {}
    for entry in log:
        feed(known, entry)
    calls = sorted(timeline.received_at for timeline in known.values())
    period = Period(start=calls[len(calls) // 4], end=calls[len(calls) // 2])
    seen, at = Observations(time_zone=SHIFTS.time_zone).after(known.values()), log[-1].at
    told = period.of(known.values())
    assert 0 < len(told) < len(known)
    assert rows_of(seen, at=at, period=period, shifts=SHIFTS) == summarise(told, at=at, shifts=SHIFTS)
    assert rows_of(seen, at=at, period=Period(start=0, end=1)) == []
