"""A timeline says of an alert what its log says, and nothing else."""

import pytest

from app.dispatch import events as e
from app.dispatch.model import Level
from app.reports.leg import Leg
from app.reports.points import TimePoint
from app.reports.timeline import Timeline, feed, fold, timelines
from tests.reports.builders import POLICE, PROSECUTOR, SHELTER, START, Story


def after_start(of: Timeline | Leg, point: TimePoint) -> float | None:
    at = of.at(point)
    return None if at is None else at - START


def test_a_whole_alert_has_every_time_point_that_an_event_can_say() -> None:
    story = Story(raised=20, received=0, needs=(POLICE, PROSECUTOR, SHELTER))
    story.offered(21).says(22, e.Delivered).says(30, e.Accepted).says(40, e.WentEnRoute)
    story.offered(23, "F-1", PROSECUTOR).says(50, e.Accepted, "F-1", PROSECUTOR)
    story.offered(24, "R-1", SHELTER).says(60, e.Accepted, "R-1", SHELTER)
    story.says(340, e.ArrivedOnScene).says(350, e.ContactMade).says(400, e.ContactMade, "F-1", PROSECUTOR)
    story.says(900, e.Departed).says(1500, e.ReachedSafety).says(1600, e.Done)
    story.says(1700, e.Done, "F-1", PROSECUTOR).says(1800, e.Done, "R-1", SHELTER).closed(1900)
    whole = story.timeline
    expected = [0, 20, None, 20, 21, 22, 30, 40, 340, 350, 400, 900, 1500, 1800, None, 1900]
    assert [after_start(whole, point) for point in TimePoint] == expected
    assert (whole.disposition, whole.safe, whole.zone) == ("attended", "yes", "centro")
    assert [leg.unit for leg in whole.legs] == ["P-1", "F-1", "R-1"]


def test_time_points_are_in_the_order_of_their_numbers() -> None:
    assert [point.value for point in TimePoint] == [f"T{number}" for number in range(16)]


def test_the_first_offer_and_the_offer_that_was_accepted_are_kept_apart() -> None:
    story = Story().offered(1).says(46, e.OfferExpired).offered(46, "P-2").says(50, e.Declined, "P-2")
    leg = story.offered(50, "P-3").says(55, e.Delivered, "P-3").says(60, e.Accepted, "P-3").timeline.leg("police")
    assert after_start(leg, TimePoint.OFFERED) == 1
    assert leg.answered_offer is not None
    assert leg.answered_offer.stamps[TimePoint.OFFERED] == START + 50
    assert (leg.offers, leg.unit, leg.withdrawn) == (3, "P-3", 0)
    assert after_start(leg, TimePoint.DELIVERED) == 55


def test_when_a_unit_withdraws_the_leg_is_the_one_that_took_over() -> None:
    story = Story().offered(1).says(5, e.Accepted).says(10, e.WentEnRoute).says(60, e.Withdrawn)
    assert story.timeline.leg("police").serving is None
    assert after_start(story.timeline.leg("police"), TimePoint.ACCEPTED) is None
    leg = story.served(60, 65, 70, 300, "P-2").timeline.leg("police")
    assert [after_start(leg, point) for point in (TimePoint.ACCEPTED, TimePoint.EN_ROUTE, TimePoint.ON_SCENE)] == [
        65,
        70,
        300,
    ]
    assert (leg.unit, leg.withdrawn, leg.offers) == ("P-2", 1, 2)


def test_the_first_police_on_scene_counts_even_if_it_was_replaced_later() -> None:
    story = Story().served(1, 5, 10, 200).says(250, e.Recalled).served(250, 255, 260, 600, "P-2")
    assert after_start(story.timeline, TimePoint.ON_SCENE) == 200
    assert after_start(story.timeline.leg("police"), TimePoint.ON_SCENE) == 600


def test_a_prosecutor_on_scene_is_not_the_police_on_scene() -> None:
    story = Story(needs=(POLICE, PROSECUTOR)).offered(1, "F-1", PROSECUTOR).says(2, e.Accepted, "F-1", PROSECUTOR)
    story.says(100, e.ArrivedOnScene, "F-1", PROSECUTOR)
    assert story.timeline.at(TimePoint.ON_SCENE) is None
    assert after_start(story.timeline.leg("prosecutor"), TimePoint.ON_SCENE) == 100


def test_a_step_said_twice_keeps_its_first_time() -> None:
    story = Story().served(1, 5, 10, 200).says(210, e.ContactMade).says(290, e.ContactMade)
    assert after_start(story.timeline, TimePoint.CONTACT) == 210


def test_being_stuck_is_counted_once_however_often_it_is_tried_again() -> None:
    leg = Story().stuck(1).stuck(31).stuck(61).offered(70).says(80, e.Declined).stuck(80).timeline.leg("police")
    assert (leg.stuck, leg.stuck_s, leg.stuck_since) == (2, 69.0, START + 80)


def test_a_need_is_called_off_with_or_without_somebody_holding_it() -> None:
    assert Story().stuck(1).dropped(50).timeline.leg("police").called_off_at == START + 50
    held = Story().offered(1).says(5, e.Accepted).says(9, e.CalledOff).timeline.leg("police")
    assert (held.called_off_at, held.unit) == (START + 9, "P-1")


def test_an_alert_is_clear_when_its_last_unit_is() -> None:
    story = Story(needs=(POLICE, PROSECUTOR)).served(1, 5, 10, 200).says(500, e.Done)
    assert story.timeline.at(TimePoint.CLEAR) is None
    assert after_start(story.dropped(600, PROSECUTOR).timeline, TimePoint.CLEAR) == 500


def test_level_and_place_follow_the_log() -> None:
    story = Story().happens(3, e.LevelRaised, level=Level.EXTREME, reason="weapon_used")
    whole = story.happens(4, e.PlaceMoved, zone="norte", zone_how="nearest").timeline
    assert (whole.level, whole.level_highest, whole.zone, whole.until) == (
        "extreme",
        "extreme",
        "norte",
        START + 4,
    )


def test_the_level_that_a_supervisor_lowered_is_not_the_highest_it_had() -> None:
    story = Story().happens(3, e.LevelRaised, level=Level.EXTREME, reason="weapon_used")
    whole = story.happens(9, e.LevelLowered, level=Level.HIGH, reason="toy_gun").timeline
    assert (whole.level, whole.level_highest) == ("high", "extreme")


def test_the_earliest_of_its_calls_is_when_it_began() -> None:
    story = Story(raised=20, received=10).calls(60, "c2", received=4).calls(90, "c3", received=80)
    assert after_start(story.timeline, TimePoint.RECEIVED) == 4
    story.happens(120, e.CallSplit, call="c2", into="c9")
    assert after_start(story.timeline, TimePoint.RECEIVED) == 10


def test_of_two_that_were_asked_the_first_offer_and_the_one_yes_count() -> None:
    story = Story().offered(1).offered(2, "P-2").says(9, e.Outrun).says(9, e.Accepted, "P-2")
    leg = story.timeline.leg("police")
    assert [after_start(leg, point) for point in (TimePoint.OFFERED, TimePoint.ACCEPTED)] == [1, 9]
    assert (leg.unit, leg.offers, leg.withdrawn) == ("P-2", 2, 0)


@pytest.mark.parametrize("taking", [e.Reassigned, e.HoldExpired])
def test_a_unit_the_need_was_taken_from_does_not_serve_it(taking: type[e.AssignmentEvent]) -> None:
    leg = Story().offered(1).says(5, e.Accepted).says(30, taking).timeline.leg("police")
    assert (leg.serving, leg.withdrawn) == (None, 1)


def test_a_shelter_is_clear_when_she_has_moved_in() -> None:
    story = Story(needs=(SHELTER,)).offered(1, "R-1", SHELTER).says(5, e.Accepted, "R-1", SHELTER)
    story.says(900, e.ReachedSafety, "R-1", SHELTER).says(1000, e.Housed, "R-1", SHELTER)
    assert after_start(story.timeline, TimePoint.CLEAR) == 1000


@pytest.mark.parametrize(("outcome", "at"), [("issued", 7000), ("refused", None), ("not_wanted", None)])
def test_only_an_order_that_was_issued_has_a_time(outcome: str, at: float | None) -> None:
    assert after_start(Story().order(7000, outcome).timeline, TimePoint.ORDER) == at


def test_what_a_neighbouring_center_has_is_neither_stuck_nor_ours() -> None:
    story = Story().stuck(1).elsewhere(31, e.TakenElsewhere)
    leg = story.timeline.leg("police")
    assert (leg.stuck_s, leg.stuck_since, leg.elsewhere_at) == (30, None, START + 31)
    assert story.elsewhere(50, e.GivenBack).timeline.leg("police").elsewhere_at is None
    story.stuck(50).elsewhere(60, e.TakenElsewhere).elsewhere(900, e.DoneElsewhere)
    assert story.timeline.leg("police").over


def test_a_merged_alert_says_which_one_goes_on_for_it() -> None:
    whole = Story().merged(30, "a2").merged(90, "a3").timeline
    assert (whole.merged_into, whole.merged_at) == ("a3", START + 30)


def test_folding_entry_by_entry_gives_what_folding_all_gives() -> None:
    story = Story().served(1, 5, 10, 200).says(500, e.Done).closed(600)
    timeline: Timeline | None = None
    for entry in story.log:
        timeline = fold(timeline, entry)
        assert fold(timeline, entry) == timeline, "the same entry twice does no harm"
    assert timeline == story.timeline


def test_alerts_are_told_apart_and_units_are_passed_over() -> None:
    one, two = Story("a1").offered(1), Story("a2", zone="norte").offered(2, "P-2")
    unit = e.Entry(seq=99, at=START, by="p1", command="c", event=e.DutyStarted(unit="P-1"))
    assert timelines([*one.log, unit, *two.log]) == {"a1": one.timeline, "a2": two.timeline}


def test_an_entry_that_cannot_stand_there_is_refused() -> None:
    one, two = Story("a1"), Story("a2")
    with pytest.raises(ValueError, match="not of alert a1"):
        fold(one.timeline, two.log[1])
    with pytest.raises(ValueError, match="not the first"):
        feed({}, two.log[1])
    with pytest.raises(ValueError, match="no need prosecutor"):
        Story().offered(1, need=PROSECUTOR).timeline  # noqa: B018 - reading it folds the log
    with pytest.raises(ValueError, match="never offered"):
        Story().says(1, e.Accepted).timeline  # noqa: B018 - reading it folds the log
