"""The control chart by week: its limits are the textbook's, a real change is a signal, a wiggle is none."""

import numpy as np
import pytest

from app.reports.frame import Frame
from app.reports.response_times import Period, Shifts, summarise
from app.reports.weeks import limits, signals, weeks
from tests.reports.builders import START, Story
from tests.reports.test_export import ZONE

WEEK_S = 7 * 86_400


def test_limits_are_the_mean_and_so_many_mean_moving_ranges() -> None:
    found = limits([10, 12, 11, 13, 12, 14])
    assert found is not None
    assert found.middle_s == 12
    assert found.high_s == pytest.approx(12 + 2.66 * 1.6)
    assert found.low_s == pytest.approx(12 - 2.66 * 1.6)
    assert limits([10, 12, 11, 13, 12]) is None


def test_a_week_outside_and_the_eighth_on_one_side_are_signals() -> None:
    steady = [100, 110, 95, 105, 102, 98]
    found = limits(steady)
    assert found is not None
    assert signals(steady, found) == [None] * 6
    assert signals([*steady, 400, 1], found)[-2:] == ["slow", "fast"]
    assert signals([103] * 9, found) == [None] * 7 + ["run"] * 2
    assert signals([103] * 5 + [90] + [103] * 7, found) == [None] * 13


def test_chance_alone_rarely_signals() -> None:
    of = np.random.default_rng(3)
    false = 0
    for _ in range(200):
        medians = list(of.normal(600, 40, 20))
        found = limits(medians)
        assert found is not None
        false += any(one in {"slow", "fast"} for one in signals(medians, found))
    assert false < 40, f"{false} of 200 calm half-years had a week called a signal"


def test_the_table_says_which_weeks_are_more_than_chance() -> None:
    told = [
        Story(f"{week}-{n}", raised=week * WEEK_S + n).served(
            week * WEEK_S + n, week * WEEK_S + n, week * WEEK_S + n, week * WEEK_S + n + length
        )
        for week, length in enumerate((300, 310, 305, 300, 295, 300, 305, 300, 900))
        for n in range(6 if week != 3 else 2)
    ]
    frame = Frame(period=Period(start=START, end=START + 10 * WEEK_S), at=START + 10 * WEEK_S, time_zone=ZONE)
    rows = summarise(
        [one.timeline for one in told], ("week",), ["response"], at=frame.at, shifts=Shifts(time_zone=ZONE)
    )
    table = weeks(rows, "response", frame)
    assert table.rows[3][1:3] == ("*", "*")
    assert [row[-1] for row in table.rows] == [None] * 8 + ["más lenta que el azar"]
    assert table.sentence == "Respuesta: semanas 8; con señal: 1."
    few = weeks(rows[:2], "response", frame)
    assert few.sentence == "Respuesta: con menos de 6 semanas no hay límites."
    assert weeks([], "response", frame).rows == ()
