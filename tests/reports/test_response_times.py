"""Figures that hide nothing: every leg and alert is counted once in each interval, whatever became of it."""

import math
import statistics
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.dispatch import events as e
from app.dispatch.model import Level
from app.reports.intervals import INTERVALS, Outcome, observe
from app.reports.points import TimePoint
from app.reports.response_times import Period, Row, Shifts, summarise
from app.reports.timeline import Timeline
from tests.reports.builders import POLICE, PROSECUTOR, SHELTER, START, Story

NOW = START + 10_000


def only(interval: str, *told: Story | Timeline) -> Row:
    """The one row of that interval over all these alerts."""
    seen = [one.timeline if isinstance(one, Story) else one for one in told]
    (row,) = summarise(seen, by=(), intervals=[interval], at=NOW)
    return row


def counts(row: Row) -> tuple[int, int, int, int, int, int]:
    return (row.n, row.missing, row.unattended, row.cancelled, row.negative, row.excluded)


def responded(seconds: float, alert: str = "a1", zone: str = "centro") -> Timeline:
    return Story(alert, zone=zone).served(0, 0, 0, seconds).timeline


def test_the_definitions_are_frozen() -> None:
    """A change of a definition gets a new number; 1 to 12 measured the absurd, or counted from the first call."""
    assert [(i.number, i.name, i.formula) for i in INTERVALS.values()] == [
        (13, "processing", "T4 − T3"),
        (14, "acceptance", "T6 − T4"),
        (15, "turnout", "T7 − T6"),
        (16, "travel", "T8 − T7"),
        (17, "response", "T8 − T0"),
        (18, "safety", "T12 − T0"),
        (19, "order", "T14 − T0"),
        (20, "answering", "T1 − T0"),
        (21, "call_taking", "T3 − T1"),
    ]


@pytest.mark.parametrize(
    ("interval", "seconds"),
    [("processing", 2), ("acceptance", 9), ("turnout", 30), ("travel", 200), ("response", 311), ("safety", 900)],
)
def test_each_interval_is_what_its_formula_says(interval: str, seconds: float) -> None:
    story = Story(raised=20, received=0).offered(22).says(62, e.OfferExpired).served(72, 81, 111, 311, "P-2")
    row = only(interval, story.says(900, e.ReachedSafety, "P-2"))
    assert counts(row) == (1, 0, 0, 0, 0, 0)
    assert row.p50_s == row.p90_s == row.mean_s == seconds


def test_a_withdrawn_unit_does_not_hide_the_wait_for_the_one_that_came() -> None:
    story = Story().offered(0).says(10, e.Accepted).says(20, e.WentEnRoute).says(60, e.Withdrawn)
    waiting = only("response", story)
    assert (waiting.unattended, waiting.waited_longest_s) == (1, 10_000)
    story.served(60, 75, 80, 300, "P-2")
    assert only("acceptance", story).p50_s == 15
    assert only("travel", story).p50_s == 220
    assert only("response", story).p50_s == 300


def test_a_stamp_nobody_pressed_is_missing_and_not_zero() -> None:
    story = Story().offered(0).says(5, e.Accepted).says(300, e.ArrivedOnScene)
    assert counts(only("turnout", story)) == counts(only("travel", story)) == (0, 1, 0, 0, 0, 0)
    assert only("response", story).n == 1
    quiet = Story().offered(0).says(5, e.Accepted).says(900, e.Done)
    assert counts(only("response", quiet)) == (0, 1, 0, 0, 0, 0)
    assert only("response", quiet).p50_s is None


def test_a_closed_alert_without_a_safe_place_or_an_order_misses_both() -> None:
    story = Story().served(0, 5, 10, 300).says(900, e.Done)
    assert only("safety", story).unattended == only("order", story).unattended == 1
    story.closed(950)
    assert only("safety", story).missing == only("order", story).missing == 1


def test_closing_proves_no_arrival_while_the_patrol_is_on_its_way() -> None:
    story = Story().offered(0).says(5, e.Accepted).says(10, e.WentEnRoute).closed(50)
    assert counts(only("response", story)) == (0, 0, 1, 0, 0, 0)


def test_an_alert_nobody_reached_is_counted_with_its_wait() -> None:
    row = only("response", Story("a1", received=-60).stuck(0), Story("a2").offered(500))
    assert (row.unattended, row.n, row.waited_longest_s) == (2, 0, 10_060)
    assert only("acceptance", Story().stuck(0)).waited_longest_s is None, "no offer, no wait for an answer"


def test_called_off_before_anybody_came_is_cancelled_and_after_it_is_measured() -> None:
    early = Story("a1").offered(0).says(5, e.Accepted).says(9, e.CalledOff).cancelled(9)
    late = Story("a2").served(0, 5, 10, 300).says(400, e.CalledOff).cancelled(400)
    assert counts(only("response", early, late)) == (1, 0, 0, 1, 0, 0)
    assert counts(only("acceptance", early, late)) == (2, 0, 0, 0, 0, 0)


def test_one_patrol_called_off_leaves_the_alert_waiting_for_the_other() -> None:
    story = Story().happens(1, e.NeedAdded, need="police-2", institution=POLICE)
    assert counts(only("response", story.dropped(50))) == (0, 0, 1, 0, 0, 0)
    story.happens(60, e.NeedDropped, need="police-2", reason="not needed")
    assert counts(only("response", story)) == (0, 0, 0, 1, 0, 0)


def test_an_alert_cancelled_before_anybody_was_asked_is_excluded_and_said_so() -> None:
    row = only("response", Story("a1").stuck(0).dropped(5).cancelled(5), responded(300, "a2"))
    assert counts(row) == (1, 0, 0, 0, 0, 1)


def test_an_interval_that_ends_before_it_starts_is_an_error_with_a_name() -> None:
    row = only("response", Story("a9", received=500).served(0, 5, 10, 300), responded(300))
    assert counts(row) == (1, 0, 0, 0, 1, 0)
    assert row.negative_alerts == ("a9",)
    assert row.p50_s == 300


def test_a_shelter_neither_turns_out_nor_travels() -> None:
    story = Story(needs=(POLICE, SHELTER)).offered(1, "R-1", SHELTER).says(5, e.Accepted, "R-1", SHELTER)
    rows = summarise([story.timeline], by=("institution",), at=NOW)
    of_shelter = {row.interval.name for row in rows if ("institution", "shelter") in row.group}
    assert of_shelter == {"processing", "acceptance"}


def test_an_alert_that_asks_for_no_police_has_no_police_response() -> None:
    assert summarise([Story(needs=(PROSECUTOR,)).timeline], intervals=["response"], at=NOW) == []


def test_rows_are_grouped_and_ordered_alike_whatever_comes_first() -> None:
    extreme = Story("a1", zone="norte", needs=(POLICE, PROSECUTOR)).served(0, 5, 10, 300)
    extreme.happens(400, e.LevelRaised, level=Level.EXTREME, reason="weapon_used")
    told = [extreme.timeline, responded(100, "a2", "centro"), responded(50, "a3", "norte")]
    rows = summarise(told, by=("institution", "zone", "level"), at=NOW)
    assert rows == summarise(reversed(told), by=("institution", "zone", "level"), at=NOW)
    assert [tuple(value for _, value in row.group) for row in rows if row.interval.name == "processing"] == [
        ("police", "centro", "standard"),
        ("police", "norte", "standard"),
        ("police", "norte", "extreme"),
        ("prosecutor", "norte", "extreme"),
    ]
    assert [dict(row.group)["institution"] for row in rows if row.interval.name == "safety"] == ["all"] * 3


def test_the_shift_is_that_of_the_call_on_the_local_clock() -> None:
    shifts = Shifts(time_zone=ZoneInfo("America/Mexico_City"))
    night = Story("a2", raised=6 * 3600, received=6 * 3600).served(21600, 21600, 21600, 21700)
    rows = summarise([responded(300), night.timeline], ("shift",), ["response"], at=NOW, shifts=shifts)
    assert [row.group for row in rows] == [(("shift", "14-22"),), (("shift", "22-06"),)]
    assert [shifts.label(START + hours * 3600) for hours in (12, 14, 20)] == ["22-06", "06-14", "06-14"]


def test_what_cannot_be_asked_for_is_refused() -> None:
    with pytest.raises(ValueError, match="no interval haste"):
        summarise([], intervals=["haste"], at=NOW)
    with pytest.raises(ValueError, match="no group mood"):
        summarise([], by=("mood",), at=NOW)
    with pytest.raises(ValueError, match="named once"):
        summarise([], by=("zone", "zone"), at=NOW)
    with pytest.raises(ValueError, match="needs the shifts"):
        summarise([], by=("shift",), at=NOW)
    with pytest.raises(ValueError, match="ascending"):
        Shifts(time_zone=ZoneInfo("UTC"), starts=(14, 6))


def test_a_period_takes_its_start_and_leaves_its_end() -> None:
    told = [Story("a1", received=-1).timeline, Story("a2").timeline, Story("a3", raised=60).timeline]
    assert [one.alert for one in Period(start=START, end=START + 60).of(told)] == ["a2"]


def test_percentiles_of_zones_together_come_from_the_intervals_and_not_from_the_zones() -> None:
    lengths = {"centro": [60.0, 70.0, 80.0], "norte": [600.0, 900.0, 1200.0, 1500.0, 3000.0]}
    told = [
        responded(seconds, f"{zone}{seconds}", zone) for zone, several in lengths.items() for seconds in several
    ]
    pooled = sorted(lengths["centro"] + lengths["norte"])
    together = only("response", *told)
    assert together.p90_s == pytest.approx(by_hand(pooled, 0.9))
    apart = [row.p90_s for row in summarise(told, ("zone",), ["response"], at=NOW)]
    assert together.p90_s != pytest.approx(statistics.mean(p90_s for p90_s in apart if p90_s is not None))


def by_hand(ordered: list[float], fraction: float) -> float:
    """PERCENTILE_CONT as PostgreSQL documents it: linear between the two rows around 1 + fraction x (n - 1)."""
    place = fraction * (len(ordered) - 1)
    low, high = math.floor(place), math.ceil(place)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


@settings(deadline=None)
@given(st.lists(st.integers(min_value=0, max_value=7_200_000), min_size=2, max_size=40))
def test_percentiles_equal_two_other_ways_to_take_them(milliseconds: list[int]) -> None:
    told = [responded(length / 1000, f"a{number}") for number, length in enumerate(milliseconds)]
    row = only("response", *told)
    lengths = sorted(arrived - START for one in told if (arrived := one.at(TimePoint.ON_SCENE)) is not None)
    assert row.n == len(lengths)
    assert row.p50_s == pytest.approx(statistics.median(lengths), abs=1e-5)
    assert row.p90_s == pytest.approx(by_hand(lengths, 0.9), abs=1e-5)
    assert row.p90_s == pytest.approx(statistics.quantiles(lengths, n=10, method="inclusive")[8], abs=1e-5)
    assert row.mean_s == pytest.approx(statistics.fmean(lengths), abs=1e-5)


FORWARD = (e.Accepted, e.WentEnRoute, e.ArrivedOnScene, e.ContactMade, e.ReachedSafety, e.Done)
BACK = (e.Declined, e.Withdrawn, e.Recalled, e.CalledOff)
STEPS = st.lists(st.sampled_from((*FORWARD, *BACK)), max_size=6)


@settings(deadline=None)
@given(st.lists(st.tuples(STEPS, st.booleans(), st.booleans()), max_size=8))
def test_every_alert_is_counted_exactly_once_whatever_happened(
    stories: list[tuple[list[type], bool, bool]],
) -> None:
    told = []
    for number, (steps, asked, ends) in enumerate(stories):
        story = Story(f"a{number}")
        if asked:
            story.offered(1)
            for place, kind in enumerate(steps):
                story.says(2 + place, kind)
        told.append((story.cancelled(60) if ends else story).timeline)
    for row in summarise(told, by=(), at=NOW):
        assert sum(counts(row)) == len(told)


def test_the_wait_begins_with_the_earliest_call_also_when_it_joined_later() -> None:
    story = Story(raised=20, received=10).calls(60, "c2", received=0).served(22, 30, 40, 300)
    assert only("response", story).p50_s == 300


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [("issued", (1, 0, 0, 0, 0, 0)), ("refused", (0, 0, 0, 1, 0, 0)), ("elsewhere", (0, 0, 0, 1, 0, 0))],
)
def test_an_order_is_measured_where_it_was_issued_and_waited_for_until_it_is_settled(
    outcome: str, expected: tuple[int, ...]
) -> None:
    story = Story().served(0, 5, 10, 300)
    assert only("order", story).unattended == 1
    assert counts(only("order", story.order(7200, outcome).closed(7300))) == expected


def test_what_a_neighbouring_center_did_is_missing_here_and_not_unattended() -> None:
    story = Story().stuck(1).elsewhere(31, e.TakenElsewhere)
    assert only("acceptance", story).missing == 1
    assert only("response", story).unattended == 1
    story.elsewhere(900, e.DoneElsewhere)
    assert only("response", story).missing == only("travel", story).missing == 1


def test_a_merged_alert_counts_in_the_one_that_goes_on_and_who_serves_it_here() -> None:
    merged = Story("a1", needs=(POLICE, SHELTER)).served(1, 5, 10, 300).dropped(20, SHELTER).merged(20, "a2")
    assert counts(only("response", merged)) == (0, 0, 0, 0, 0, 1)
    assert counts(only("acceptance", merged)) == (1, 0, 0, 0, 0, 1)
    (seen,) = observe(merged.timeline, INTERVALS["response"], NOW)
    assert (seen.outcome, seen.reason) == (Outcome.EXCLUDED, "merged")
