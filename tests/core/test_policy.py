"""Whom to ask: filter, then rank, and the reason as a value."""

from collections.abc import Sequence

from app.dispatch import commands as c
from app.dispatch.model import KeepOut, NeedState, Why, WhyNot
from app.dispatch.policy import Rules
from app.geo.travel import Travel
from tests.builders import SHELTER, START, Evening, FlatGround, a_unit, an_alert


def test_the_nearest_by_time_is_asked_and_the_event_says_why() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.ground.fixes["P2"] = ((0.0, 400.0), START)
    evening.perform(an_alert())
    assert evening.assignment().why == Why(
        rule="nearest", travel_s=40.0, how="estimate", distance_m=400, from_station=False, considered=2
    )


def test_nearer_units_that_were_passed_over_are_counted_by_reason() -> None:
    evening = Evening(*[a_unit(f"P{number}") for number in range(1, 7)])
    evening.perform(an_alert("A0"))
    evening.accepts("P1")
    evening.ask(c.LoseUnit, unit="P2")
    evening.perform(an_alert("A1"))
    evening.says("P3", c.Decline, reason="no")
    evening.says("P4", c.Decline, reason="no")
    why = evening.assignment().why
    assert evening.holder() == "P5"
    assert (why.nearer_busy, why.nearer_asked, why.nearer_away, why.considered) == (1, 2, 1, 2)


def test_units_farther_away_than_the_chosen_one_are_not_in_the_reason() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.ask(c.LoseUnit, unit="P2")
    evening.perform(an_alert())
    assert evening.assignment().why.nearer_away == 0


def test_a_tie_goes_to_the_lower_unit_code() -> None:
    evening = Evening(a_unit("P2"), a_unit("P1"))
    evening.ground.stations = {"P1": (0.0, 700.0), "P2": (700.0, 0.0)}
    evening.perform(an_alert())
    assert evening.holder() == "P1"


def test_an_old_fix_is_not_believed_and_the_station_stands_for_it_with_a_penalty() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"))
    evening.ground.fixes = {"P1": ((100.0, 0.0), START - 121), "P2": ((1200.0, 0.0), START - 119)}
    evening.perform(an_alert())
    # P1's station is 100 s away, P2 itself 120 s: the penalty of 30 s for not knowing decides.
    assert evening.holder() == "P2"
    evening.says("P2", c.Decline, reason="no")
    why = evening.assignment().why
    assert (evening.holder(), why.from_station, why.travel_s) == ("P1", True, 100.0)


def test_a_shelter_stands_where_it_stands_without_a_penalty() -> None:
    evening = Evening(a_unit("S1", SHELTER), a_unit("S2", SHELTER))
    evening.ground.fixes["S2"] = ((1010.0, 0.0), START)
    evening.perform(an_alert("A1", SHELTER))
    assert evening.holder("shelter") == "S1"


def test_a_unit_of_another_zone_costs_what_the_rules_say() -> None:
    for penalty_s, expected in ((0.0, "P1"), (200.0, "P2")):
        rules = Rules(other_zone_penalty_s=penalty_s)
        evening = Evening(a_unit("P1", zone="norte"), a_unit("P2"), rules=rules)
        evening.perform(an_alert())
        assert evening.holder() == expected


def test_a_unit_needs_every_capability_asked_for() -> None:
    evening = Evening(
        a_unit("P1"), a_unit("P2", capabilities=["english"]), a_unit("P3", capabilities=["english", "armed"])
    )
    evening.perform(an_alert(requires=["armed", "english"]))
    assert evening.holder() == "P3"


def test_kept_out_units_do_not_use_up_the_shortlist() -> None:
    rules = Rules(shortlist=1)
    evening = Evening(a_unit("P1"), a_unit("P2"), rules=rules)
    evening.perform(an_alert(keep_out=KeepOut(units=frozenset({"P1"}))))
    assert evening.holder() == "P2"


class AcrossTheRiver(FlatGround):
    """By road the near bank is far: travel grows the nearer the unit is in a straight line."""

    def travel(self, alert: str, units: Sequence[str], institution: str, at: float) -> list[Travel]:
        return list(reversed(super().travel(alert, units, institution, at)))


def test_the_best_by_road_wins_over_the_nearest_in_a_straight_line() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"), a_unit("P3"), ground=AcrossTheRiver())
    evening.perform(an_alert())
    assert evening.holder() == "P3"


def test_only_the_shortlist_is_compared_by_road() -> None:
    evening = Evening(a_unit("P1"), a_unit("P2"), a_unit("P3"), ground=AcrossTheRiver(), rules=Rules(shortlist=2))
    evening.perform(an_alert())
    assert (evening.holder(), evening.assignment().why.considered) == ("P2", 2)


def test_a_unit_that_is_nowhere_is_not_asked() -> None:
    evening = Evening(a_unit("P1"))
    evening.ground.stations = {}
    evening.perform(an_alert())
    assert evening.need().state is NeedState.STUCK
    assert evening.need().why_not == WhyNot(on_duty=1, away=1)
