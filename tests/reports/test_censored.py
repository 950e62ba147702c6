"""Percentiles with those who still wait: a textbook's figures, other ways to take them, what no wait may do."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from app.reports.censored import quantiles
from app.reports.ordered import ordered
from app.reports.response_times import summarise
from tests.reports.builders import START, Story

# Freireich et al. 1963, weeks of remission with 6-MP: the example of every book on survival; its median is 23.
ENDED = [6, 6, 6, 7, 10, 13, 16, 22, 23]
GOES_ON = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
LEFT = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
"""What is left after each of these weeks, as it is printed."""


def of_one(ended: Sequence[float], waiting: Sequence[float], shares: Sequence[float]) -> list[float | None]:
    """The quantiles of a single group."""
    lengths, waits = (ordered(np.array(side, float), np.zeros(len(side), int), 1) for side in (ended, waiting))
    return [None if np.isnan(found[0]) else float(found[0]) for found in quantiles(lengths, waits, shares)]


def by_scipy(ended: Sequence[float], waiting: Sequence[float], share: float) -> float | None:
    """The first time at which SciPy's estimate leaves no more than the share wants."""
    left = stats.ecdf(stats.CensoredData(uncensored=list(ended), right=list(waiting))).sf
    reached = left.quantiles[left.probabilities <= 1.0 - share + 1e-12]
    return float(reached[0]) if len(reached) else None


@pytest.mark.parametrize(("share", "week"), [(0.5, 23), (0.25, 13), (0.2, 10), (0.1, 6), (0.9, None)])
def test_the_textbook_agrees(share: float, week: float | None) -> None:
    assert of_one(ENDED, GOES_ON, [share]) == [week]
    assert week is None or LEFT[int(week)] <= 1 - share


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=60), st.floats(0.01, 0.99))
def test_where_nobody_waits_it_is_the_plain_percentile_without_interpolation(
    ended: list[int], share: float
) -> None:
    (found,) = of_one(ended, [], [share])
    plain = float(np.quantile(ended, share, method="inverted_cdf"))
    beside = sorted({float(one) for one in ended})
    # A fraction that ends on a rank may fall to either side of its last digit.
    assert found is not None
    assert found == plain or abs(beside.index(found) - beside.index(plain)) == 1


@given(
    st.lists(st.integers(0, 1_000), min_size=1, max_size=30),
    st.lists(st.integers(0, 1_000), min_size=1, max_size=30),
)
def test_equals_the_product_limit_written_out(ended: list[int], waiting: list[int]) -> None:
    def by_hand(share: float) -> float | None:
        left = 1.0
        for at in sorted(set(ended)):
            at_risk = sum(one >= at for one in (*ended, *waiting))
            left *= 1 - ended.count(at) / at_risk
            if left <= 1 - share + 1e-9:
                return float(at)
        return None

    assert of_one(ended, waiting, [0.37, 0.91]) == [by_hand(0.37), by_hand(0.91)]


LENGTHS = st.floats(0, 1e6) | st.integers(0, 6).map(float)
GROUPS = st.lists(
    st.tuples(st.lists(LENGTHS, max_size=30), st.lists(LENGTHS, max_size=12)), min_size=1, max_size=8
)


@settings(deadline=None)
@given(GROUPS, st.sampled_from([0.1, 0.5, 0.75, 0.9, 0.95]) | st.floats(0.01, 0.99))
def test_every_group_has_the_digits_of_scipy(groups: list[tuple[list[float], list[float]]], share: float) -> None:
    """With ties, without anybody, with nobody ended, all at once and shuffled together."""
    sides = []
    for side in (0, 1):
        pairs = [(value, group) for group, both in enumerate(groups) for value in both[side]]
        pairs.sort(key=hash)
        values, codes = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs], dtype=int)
        sides.append(ordered(values, codes, len(groups)))
    (found,) = quantiles(sides[0], sides[1], [share])
    for figure, (ended, waiting) in zip(found.tolist(), groups, strict=True):
        theirs = by_scipy(ended, waiting, share) if ended else None
        assert (None if np.isnan(figure) else figure) == theirs


def test_nothing_ended_is_nothing_known() -> None:
    assert of_one([], [5.0], [0.5]) == [None]


def test_calls_nobody_came_to_make_the_report_slower_and_never_faster() -> None:
    came = [Story(f"a{n}").served(0, 5, 10, 100 + n).timeline for n in range(6)]
    nobody = [Story(f"b{n}").stuck(0).timeline for n in range(5)]
    (row,) = summarise([*came, *nobody], (), ["response"], at=START + 5_000)
    assert row.p50_s == 102.5
    assert row.censored_p50_s == 105.0
    assert row.censored_p90_s is None, "nine in ten were never reached"
    assert row.verified == 6 / 11
