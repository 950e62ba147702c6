"""Before and after: the change is that of the report, its interval holds the truth as often as it says."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from app.reports import compare as module
from app.reports.change import change_table, zones_table
from app.reports.compare import Change, Measured, Pair, compare
from app.reports.frame import Frame
from app.reports.response_times import Period, Shifts
from tests.reports.builders import START, Story
from tests.reports.test_export import ZONE

DAY_S = 86_400
COVERED_OF = 200


def chance(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def month(of: np.random.Generator, *, days: int = 30, calls: float = 8, faster_s: float = 0.0) -> list[Measured]:
    """Days with something of their own, so that their calls are not independent."""
    return [
        Measured(seconds=float(np.exp(of.normal(6, 0.6) + day_s)) - faster_s, day=day, stratum="one")
        for day in range(days)
        for day_s in [of.normal(0, 0.2)]
        for _ in range(of.poisson(calls))
    ]


def must(change: Change | None) -> Change:
    assert change is not None
    return change


LENGTHS = st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 5)), min_size=2, max_size=40)


@settings(max_examples=40, deadline=None)
@given(LENGTHS, LENGTHS, st.sampled_from([0.5, 0.9]))
def test_what_is_compared_are_the_percentiles_of_the_report(
    before: list[tuple[int, int]], after: list[tuple[int, int]], fraction: float
) -> None:
    sides = [[Measured(seconds=s, day=day, stratum=0) for s, day in side] for side in (before, after)]
    change = compare(Pair(before=sides[0], after=sides[1]), fraction, chance())
    if min(len({one.day for one in side}) for side in sides) < 2:
        assert change is None
        return
    cuts = [float(np.quantile([one.seconds for one in side], fraction)) for side in sides]
    assert must(change).before_s == pytest.approx(cuts[0])
    assert must(change).after_s == pytest.approx(cuts[1])
    assert must(change).change_s == pytest.approx(cuts[1] - cuts[0])


def test_the_interval_is_that_of_the_bootstrap_of_scipy_over_days(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = month(chance(2)), month(chance(3), faster_s=90)
    monkeypatch.setattr(module, "RESAMPLES", 6_000)
    ours = must(compare(Pair(before=before, after=after), 0.5, chance()))
    by_day = [
        [np.array([one.seconds for one in side if one.day == day]) for day in range(30)]
        for side in (before, after)
    ]

    def median_change(first: Iterable[float], second: Iterable[float]) -> float:
        drawn = [
            np.concatenate([days[int(d)] for d in picked])
            for days, picked in zip(by_day, (first, second), strict=True)
        ]
        return float(np.median(drawn[1]) - np.median(drawn[0]))

    theirs = stats.bootstrap(
        [np.arange(len(by_day[0])), np.arange(len(by_day[1]))],
        median_change,
        n_resamples=6_000,
        vectorized=False,
        method="percentile",
        rng=chance(),
    )
    width = theirs.confidence_interval.high - theirs.confidence_interval.low
    assert ours.low_s == pytest.approx(theirs.confidence_interval.low, abs=0.06 * width)
    assert ours.high_s == pytest.approx(theirs.confidence_interval.high, abs=0.06 * width)


def test_the_interval_holds_the_true_change_about_as_often_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RESAMPLES", 400)
    of, held = chance(7), 0
    for _ in range(COVERED_OF):
        found = must(compare(Pair(before=month(of), after=month(of, faster_s=60)), 0.5, of))
        held += found.low_s <= -60 <= found.high_s
    assert 0.90 <= held / COVERED_OF <= 0.99, f"held {held} of {COVERED_OF}"


def test_calls_of_one_bad_day_are_not_taken_for_many_proofs() -> None:
    """The same calls spread over more days make the interval narrower: it is days that are drawn."""
    of = chance(4)
    lengths = [[*of.normal(of.normal(600, 80), 80, 20)] for _ in range(10)]
    few = [Measured(seconds=s, day=day, stratum=0) for day, side in enumerate(lengths) for s in side]
    many = [Measured(seconds=one.seconds, day=place, stratum=0) for place, one in enumerate(few)]
    wide, narrow = (must(compare(Pair(before=side, after=side), 0.5, chance())) for side in (few, many))
    assert wide.high_s - wide.low_s > 1.5 * (narrow.high_s - narrow.low_s)


def test_more_calls_from_the_near_zone_are_no_gain() -> None:
    def period(near: int, far: int) -> list[Measured]:
        of = chance(near)
        return [
            Measured(seconds=float(of.normal(mean, 20)), day=day, stratum=zone)
            for day in range(20)
            for zone, mean, calls in (("near", 200, near), ("far", 900, far))
            for _ in range(calls)
        ]

    before, after = period(3, 7), period(7, 3)
    plain = must(compare(Pair(before=before, after=after), 0.5, chance()))
    assert plain.real
    assert plain.change_s < -500
    same = must(compare(Pair(before=before, after=after), 0.5, chance(), same_mix=True))
    assert abs(same.change_s) < 15
    assert not same.real


def test_what_happened_everywhere_is_taken_off_by_a_control() -> None:
    """Rain fell on both: only what was done in one of them is left, and a control cut in half is no help."""
    of = chance(9)

    def period(rain: float, faster_s: float) -> list[Measured]:
        wet = {day: rain + of.normal(0, 60) for day in range(40)}
        return [
            Measured(seconds=float(of.normal(700, 60)) + wet[day] - faster_s, day=day, stratum=0)
            for day in range(40)
            for _ in range(6)
        ]

    found = Pair(before=period(0, 0), after=period(200, 150))
    control = Pair(before=period(0, 0), after=period(200, 0))
    alone, against = must(compare(found, 0.5, chance())), must(compare(found, 0.5, chance(), control=control))
    assert alone.change_s == pytest.approx(50, abs=40)
    assert against.change_s == pytest.approx(-150, abs=60)
    assert against.real
    assert compare(found, 0.5, chance(), control=Pair(before=control.before, after=control.after[:3])) is None


def test_days_that_both_share_are_drawn_together() -> None:
    """The control moves with the same days, so it takes their ups and downs off as well."""
    of = chance(11)
    ups = {(side, day): of.normal(0, 200) for side in "ba" for day in range(30)}

    def period(side: str, base: float) -> list[Measured]:
        return [
            Measured(seconds=base + ups[side, day] + float(of.normal(0, 10)), day=day, stratum=0)
            for day in range(30)
            for _ in range(5)
        ]

    found = Pair(before=period("b", 900), after=period("a", 700))
    control = Pair(before=period("b", 500), after=period("a", 500))
    alone, against = must(compare(found, 0.5, chance())), must(compare(found, 0.5, chance(), control=control))
    assert against.high_s - against.low_s < (alone.high_s - alone.low_s) / 2
    assert against.low_s <= -200 <= against.high_s


def test_one_day_alone_is_compared_with_nothing() -> None:
    one = [Measured(seconds=s, day=0, stratum=0) for s in (1.0, 2.0)]
    assert compare(Pair(before=one, after=month(chance())), 0.5, chance()) is None


def test_the_smallest_visible_change_shrinks_with_more_days() -> None:
    few, many = (
        must(compare(Pair(before=month(chance(5), days=d), after=month(chance(6), days=d)), 0.5, chance()))
        for d in (8, 80)
    )
    assert many.smallest_s < few.smallest_s / 2


def a_period(faster: float, name: str, zone: str = "centro") -> list[Story]:
    return [
        Story(f"{name}{n}", raised=n * 40_000, zone=zone).served(
            n * 40_000, n * 40_000, n * 40_000, n * 40_000 + faster + n % 3
        )
        for n in range(20)
    ]


def test_the_sentence_says_whether_it_is_more_than_chance() -> None:
    frame = Frame(period=Period(start=START, end=START + 20 * DAY_S), at=START + 30 * DAY_S, time_zone=ZONE)
    tables = [
        change_table(
            [one.timeline for one in a_period(900, "b")],
            [one.timeline for one in a_period(after, "a")],
            frame.period,
            "response",
            frame,
            Shifts(time_zone=ZONE),
        )
        for after in (300, 900)
    ]
    assert tables[0].sentence.startswith("Respuesta: la mediana pasó de 15:01 a 5:01 (−10:00;")
    assert tables[0].sentence.endswith("El cambio es mayor que el azar.")
    assert "no se distingue del azar" in tables[1].sentence
    assert [row[-1] for row in tables[0].rows[:2]] == ["sí", "sí"]


def test_control_zones_are_compared_with_and_not_counted() -> None:
    frame = Frame(period=Period(start=START, end=START + 20 * DAY_S), at=START + 30 * DAY_S, time_zone=ZONE)
    before = [*a_period(900, "b"), *a_period(600, "d", "norte")]
    after = [*a_period(300, "a"), *a_period(500, "c", "norte")]
    sides = [[one.timeline for one in side] for side in (before, after)]
    table = change_table(sides[0], sides[1], frame.period, "response", frame, Shifts(time_zone=ZONE), {"norte"})
    by_name = {row[0]: row for row in table.rows}
    assert by_name["n"][1:3] == ("20", "20")
    assert by_name["P50"][3] == -600
    assert by_name["P50 frente a las zonas de control"][3] == -500


def test_a_small_control_zone_is_not_found_by_asking_with_and_without_it() -> None:
    frame = Frame(period=Period(start=START, end=START + 20 * DAY_S), at=START + 30 * DAY_S, time_zone=ZONE)
    before = [*a_period(900, "b"), *a_period(600, "d", "norte"), *a_period(600, "f", "sur")[:3]]
    after = [*a_period(300, "a"), *a_period(500, "c", "norte"), *a_period(500, "e", "sur")]
    sides = [[one.timeline for one in side] for side in (before, after)]

    def counts(control: set[str]) -> tuple[object, ...]:
        table = change_table(sides[0], sides[1], frame.period, "response", frame, Shifts(time_zone=ZONE), control)
        return next(row[1:3] for row in table.rows if row[0] == "n")

    assert counts(set()) == ("43", "60")
    assert counts({"norte"}) == ("23", "40")
    assert counts({"norte", "sur"}) == ("*", "20")
    assert counts({"norte", "centro"}) == ("*", "20")


def test_two_groups_of_zones_are_laid_side_by_side_over_the_same_days() -> None:
    frame = Frame(period=Period(start=START, end=START + 20 * DAY_S), at=START + 30 * DAY_S, time_zone=ZONE)
    slow, fast = a_period(900, "b"), a_period(300, "a", "norte")
    told = [one.timeline for one in (*slow, *fast, *a_period(60, "c", "oriente"))]
    shifts = Shifts(time_zone=ZONE)
    table = zones_table(told, ({"centro"}, {"norte"}), "response", frame, shifts)
    by_name = {row[0]: row for row in table.rows}
    assert by_name["n"][1:3] == ("20", "20")
    assert by_name["P50"][3] == -600
    assert by_name["P50 a mezcla igual"][3] == -600
    assert table.sentence.startswith(
        "Respuesta: la mediana es 15:01 en el primer grupo y 5:01 en el segundo (−10:00;"
    )
    assert [fact.text for fact in table.facts[-2:]] == ["centro", "norte"]
    for wrong in (({"centro"}, set()), ({"centro"}, {"centro", "norte"})):
        with pytest.raises(ValueError, match="two groups"):
            zones_table(told, wrong, "response", frame, shifts)


def test_a_small_zone_of_a_group_is_not_found_by_asking_with_and_without_it() -> None:
    frame = Frame(period=Period(start=START, end=START + 20 * DAY_S), at=START + 30 * DAY_S, time_zone=ZONE)
    told = [
        one.timeline
        for one in (*a_period(900, "b"), *a_period(300, "a", "norte"), *a_period(60, "c", "oriente")[:3])
    ]
    table = zones_table(told, ({"centro"}, {"norte", "oriente"}), "response", frame, Shifts(time_zone=ZONE))
    assert next(row[1:3] for row in table.rows if row[0] == "n") == ("20", "*")


def test_the_ups_and_downs_of_days_that_both_groups_share_are_not_taken_for_chance_between_them() -> None:
    of = chance(11)
    ups = [of.normal(0, 200) for _ in range(30)]

    def group(base: float) -> list[Measured]:
        return [
            Measured(seconds=base + ups[day] + float(of.normal(0, 10)), day=day, stratum=0)
            for day in range(30)
            for _ in range(5)
        ]

    found = Pair(before=group(900), after=group(700))
    apart, together = (must(compare(found, 0.5, chance(), same_days=same)) for same in (False, True))
    assert together.high_s - together.low_s < (apart.high_s - apart.low_s) / 2
    assert together.low_s <= -200 <= together.high_s


def test_too_few_on_one_side_are_not_compared() -> None:
    frame = Frame(period=Period(start=START, end=START + 20 * DAY_S), at=START + 30 * DAY_S, time_zone=ZONE)
    many, few = ([one.timeline for one in side] for side in (a_period(900, "b"), a_period(300, "a")[:4]))
    table = change_table(many, few, frame.period, "response", frame, Shifts(time_zone=ZONE))
    assert table.sentence == "Respuesta: no hay bastante medido antes o después para comparar."
    assert table.rows[0][:3] == ("n", "20", "*")
